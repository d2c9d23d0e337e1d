"""`kawa import DIR`: a data directory copied from Apache Kafka becomes Kawa's, in place.

Exit status 1 where something is missing or in the way; nothing is changed then.
"""

import argparse
import os

from broker.app.kafka_data.take_over import TakenOver, take_over
from broker.app.start_error import StartError
from broker.cli.errors import CommandError
from broker.cli.parser import Subparsers
from broker.cli.tables import say, show_table
from broker.log.corrupt_file import CorruptFile
from broker.log.files import InUse
from broker.protocol.errors import KafkaError
from broker.settings.broker import BrokerSettings
from broker.settings.errors import InvalidSetting
from broker.settings.sources import gather

COLUMNS = ("topic", "partitions")


def register(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser(
        "import",
        help="take over a data directory of Apache Kafka",
        description="Make a data directory that was copied from a stopped Apache Kafka Kawa's, in place: "
        "topics with their ids and configs, records, the state of producers, committed offsets.",
    )
    parser.add_argument(
        "directory", metavar="DIR", help="the copy; `kawa serve --data-dir DIR` serves it then"
    )
    parser.add_argument("--config", metavar="FILE", help="settings of the broker: TOML or server.properties")
    parser.add_argument(
        "--take-defaults",
        action="store_true",
        help="go on without __cluster_metadata: every topic has the default configs then",
    )
    parser.add_argument(
        "--make-missing", action="store_true", help="partitions that are not in DIR begin empty"
    )


def run(arguments: argparse.Namespace) -> int:
    directory = os.path.abspath(arguments.directory)
    try:
        settings = BrokerSettings.from_values(
            gather(command_line=(), environment=os.environ, file=arguments.config).values
        )
        taken = take_over(
            directory,
            settings,
            takes_defaults=arguments.take_defaults,
            makes_missing=arguments.make_missing,
        )
    except InvalidSetting as error:
        raise CommandError(str(error), status=2) from None
    except InUse as error:
        raise CommandError(f"{directory} is in use: stop the broker, and import a copy ({error})") from None
    except (StartError, CorruptFile, KafkaError) as error:
        raise CommandError(str(error)) from None
    except OSError as error:
        raise CommandError(f"{error.filename or directory}: {error.strerror or error}") from None
    show(taken)
    return 0


def show(taken: TakenOver) -> None:
    show_table(COLUMNS, [[row.name, str(len(row.partitions))] for row in taken.topics])
    say(f"{taken.offsets} committed offsets, configs of {taken.configs} resources")
    if taken.offsets_left:
        say(f"{taken.offsets_left} committed offsets are of topics that are not there, and were left out")
    if not taken.has_metadata:
        say("without __cluster_metadata: every topic has the default configs", style="yellow")
    if taken.aside:
        say(f"{len(taken.aside)} directories that Kawa does not use are in apache-kafka/")
