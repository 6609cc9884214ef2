import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

final class Webhooks {
    /** Base64 of 24 bytes or more: a shorter key can be guessed, and no key is everybody's. */
    private static final String SECRET = "whsec_(?:[A-Za-z0-9+/]{4}){8,}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?";

    /** Whether this body is signed with this secret, and not more than five minutes before {@code now}, in seconds. */
    static boolean verify(String secret, Map<String, String> headers, byte[] body, long now)
            throws GeneralSecurityException {
        String id = headers.getOrDefault("webhook-id", "");
        String timestamp = headers.getOrDefault("webhook-timestamp", "");
        // An id with a full stop, or a time with a sign, would let another request have the same signed text.
        if (id.isEmpty() || id.contains(".") || !timestamp.matches("[0-9]{1,18}") || !secret.matches(SECRET)) {
            return false;
        }
        if (Math.abs(now - Long.parseLong(timestamp)) > 300) {
            return false;
        }
        byte[] key = Base64.getDecoder().decode(secret.substring("whsec_".length()));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        mac.update((id + "." + timestamp + ".").getBytes(UTF_8));
        byte[] expected = ("v1," + Base64.getEncoder().encodeToString(mac.doFinal(body))).getBytes(UTF_8);
        String[] signatures = headers.getOrDefault("webhook-signature", "").split(" ");
        // Two headers of this name, which a server made one: another program may look at the other one.
        if (Arrays.stream(signatures).anyMatch(given -> given.indexOf(',') != given.lastIndexOf(','))) {
            return false;
        }
        for (String given : signatures) {
            if (MessageDigest.isEqual(expected, given.getBytes(UTF_8))) {
                return true;
            }
        }
        return false;
    }
}
