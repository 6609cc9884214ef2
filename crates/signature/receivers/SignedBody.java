import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

final class SignedBody {
    private static final String AROUND = "[\\s\"'`\\u200b\\u2060\\ufeff]*";
    private static final String STANDS_IN =
            "null|Null|NULL|undefined|[Nn]one|nil|NaN|[Tt]rue|[Ff]alse|\\(null\\)|[*.xX\\u2022\\u2026]{3,}|[$#]\\{.*\\}#?|\\{[{%].*[}%]\\}|<%.*%>"
                    + "|\\$\\(.*\\)|%\\(.*\\)s|\\$(?:env:.*|[A-Z_][A-Z0-9_]*|(?=[a-z0-9]*_)[a-z_][a-z0-9_]*)|__[A-Z][A-Z0-9_]*__"
                    + "|(?:[<%@]|\\[\\[?|\\(\\() *[A-Za-z_][A-Za-z0-9_ .-]*(?:[>%@]|\\]\\]?|\\)\\))|\\{ *[A-Za-z_][A-Za-z_ .-]*\\}";
    private static final String NONE =
            AROUND + "(?:\\z|whsec_|whsk_|whpk_|(?:" + STANDS_IN + ")" + AROUND + "\\z)";

    /** No white space or quotes alone, no word or template for one, no public or damaged key; whsec_ is whole. */
    private static final Pattern SECRET = Pattern.compile(
            "whsec_[A-Za-z0-9+/]{32,86}={0,2}|(?!" + NONE + ").+",
            Pattern.DOTALL | Pattern.UNICODE_CHARACTER_CLASS);

    private static final Pattern SIGNED = Pattern.compile(",\"signature\":\"(sha256=[0-9a-f]{64})\"\\}");
    private static final int LENGTH = ",\"signature\":\"sha256=\"}".length() + 64;

    /** Whether this body holds the signature of the rest of it, as the payload {@code plain} does. */
    static boolean verify(String secret, byte[] body) throws GeneralSecurityException {
        int end = body.length - LENGTH;
        if (end < 0 || !SECRET.matcher(secret).matches()) {
            return false;
        }
        Matcher given = SIGNED.matcher(new String(body, end, LENGTH, ISO_8859_1));
        if (!given.matches()) {
            return false;
        }
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret.getBytes(UTF_8), "HmacSHA256"));
        mac.update(body, 0, end);
        String expected = "sha256=" + HexFormat.of().formatHex(mac.doFinal(new byte[] {'}'}));
        return MessageDigest.isEqual(expected.getBytes(UTF_8), given.group(1).getBytes(UTF_8));
    }
}
