import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;

/** Asks the example about every request on standard input; see ../it/examples.rs for the form. */
final class Driver {
    public static void main(String[] arguments) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] fields = line.split("\t", -1);
            Map<String, String> headers = new HashMap<>();
            for (int i = 3; i < fields.length; i++) {
                String[] header = text(fields[i]).split(":", 2);
                headers.put(header[0], header[1]);
            }
            byte[] body = Base64.getDecoder().decode(fields[2]);
            boolean ok = Webhooks.verify(text(fields[0]), headers, body, Long.parseLong(text(fields[1])));
            System.out.println(ok ? "ok" : "refused");
        }
    }

    private static String text(String field) {
        return new String(Base64.getDecoder().decode(field), UTF_8);
    }
}
