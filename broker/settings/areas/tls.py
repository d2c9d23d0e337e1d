"""TLS, and who may do what."""

from broker.settings.setting import (
    LOW,
    PER_BROKER,
    Boolean,
    Class,
    Declarations,
    List,
    NullableString,
    Secret,
    String,
)


class TlsSettings(Declarations):
    ssl_keystore_location = NullableString(
        None, update=PER_BROKER, doc="File with the broker's key and certificate."
    )
    ssl_keystore_type = String("JKS", update=PER_BROKER, doc="Format of that file.")
    ssl_keystore_password = Secret(None, update=PER_BROKER, doc="Password of that file.")
    ssl_keystore_key = Secret(None, update=PER_BROKER, doc="The broker's key itself, as PEM.")
    ssl_keystore_certificate_chain = Secret(
        None, update=PER_BROKER, doc="The broker's certificates themselves, as PEM."
    )
    ssl_key_password = Secret(None, update=PER_BROKER, doc="Password of the broker's key.")
    ssl_truststore_location = NullableString(
        None, update=PER_BROKER, doc="File with the certificates that are trusted."
    )
    ssl_truststore_type = String("JKS", update=PER_BROKER, doc="Format of that file.")
    ssl_truststore_password = Secret(None, update=PER_BROKER, doc="Password of that file.")
    ssl_truststore_certificates = Secret(
        None, update=PER_BROKER, doc="The trusted certificates themselves, as PEM."
    )
    ssl_client_auth = String(
        "none",
        "[required, requested, none]",
        update=PER_BROKER,
        doc="Whether clients must show a certificate.",
    )
    ssl_cipher_suites = List([], update=PER_BROKER, doc="Cipher suites; empty: what TLS chooses.")
    ssl_enabled_protocols = List(
        ["TLSv1.2", "TLSv1.3"], update=PER_BROKER, doc="Versions of TLS that clients may use."
    )
    ssl_protocol = String("TLSv1.3", update=PER_BROKER, doc="Version of TLS to begin with.")
    ssl_provider = NullableString(None, update=PER_BROKER, doc="Java's provider of TLS.")
    ssl_keymanager_algorithm = String(
        "SunX509", update=PER_BROKER, doc="Java's algorithm for the broker's own keys."
    )
    ssl_trustmanager_algorithm = String(
        "PKIX", update=PER_BROKER, doc="Java's algorithm for trusted certificates."
    )
    ssl_endpoint_identification_algorithm = String(
        "https",
        importance=LOW,
        update=PER_BROKER,
        doc="How the name of the other side is verified; empty: not at all.",
    )
    ssl_secure_random_implementation = NullableString(
        None, importance=LOW, update=PER_BROKER, doc="Java's source of randomness for TLS."
    )
    ssl_engine_factory_class = Class(
        None, importance=LOW, update=PER_BROKER, doc="Java class that would make TLS engines."
    )
    ssl_principal_mapping_rules = String(
        "DEFAULT", importance=LOW, doc="How a certificate's name becomes a user name."
    )
    ssl_allow_dn_changes = Boolean(
        False, importance=LOW, doc="Whether a new certificate may have another name."
    )
    ssl_allow_san_changes = Boolean(
        False, importance=LOW, doc="Whether a new certificate may have other alternative names."
    )
    principal_builder_class = Class(
        "org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder",
        update=PER_BROKER,
        doc="Java class that would make a user of a connection.",
    )
    authorizer_class_name = String(
        "",
        "non-null string",
        importance=LOW,
        doc="Java class that would decide who may do what; empty: everybody everything.",
    )
    security_providers = NullableString(None, importance=LOW, doc="Java's additional security providers.")
