import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** One JSON object a line, in and out; see compat/README.md. */
final class Lines {
    private static final Gson GSON = new GsonBuilder().serializeNulls().disableHtmlEscaping().create();

    private final BufferedReader incoming =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8), 1 << 16);
    private final PrintStream outgoing = new PrintStream(System.out, false, StandardCharsets.UTF_8);

    /** The next request; null: the harness has closed the pipe. */
    JsonObject read() throws IOException {
        String line = incoming.readLine();
        return line == null ? null : JsonParser.parseString(line).getAsJsonObject();
    }

    void answer(int id, Object result) {
        JsonObject line = new JsonObject();
        line.addProperty("id", id);
        line.addProperty("ok", true);
        line.add("result", GSON.toJsonTree(result));
        write(line);
    }

    void refuse(int id, Failure failure) {
        JsonObject line = new JsonObject();
        line.addProperty("id", id);
        line.addProperty("ok", false);
        line.add("error", GSON.toJsonTree(failure));
        write(line);
    }

    /** To be run for each acknowledged record: tells of progress as often as the request wants. */
    Runnable counter(JsonObject request) {
        int every = Conversions.number(request, "progress_every", 0);
        if (every == 0) {
            return () -> { };
        }
        int id = request.get("id").getAsInt();
        AtomicInteger acknowledged = new AtomicInteger();
        return () -> {
            int count = acknowledged.incrementAndGet();
            if (count % every == 0) {
                JsonObject line = new JsonObject();
                line.addProperty("id", id);
                line.add("progress", GSON.toJsonTree(Map.of("acknowledged", count)));
                write(line);
            }
        };
    }

    /** Progress is told from the producer's own thread. */
    private synchronized void write(JsonObject line) {
        outgoing.print(GSON.toJson(line) + "\n");
        outgoing.flush();
    }
}
