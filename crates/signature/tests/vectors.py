"""Computes vectors.json, with Python's standard library alone: none of the crate's code has a part in it.

    python3 vectors.py > vectors.json

A case is a request (`headers`, and `body` or `body_base64`), a receiver (`dialect`, `algorithm`, the `header` and
`separator` of timestamped, the `url` of square and twilio, `verify_with`: its secrets and public keys, `tolerance` and `now` in seconds) and what the
receiver is to say: `ok`, or why not. `sign`, where it is there, is what a sender signs to get exactly these headers.
`lenient: true` marks a case that other implementations may accept: the crate is stricter than the specification.

The groups above `cases` are published by others: by the Standard Webhooks repository and in GitHub's documentation.
"""

import base64
import hashlib
import hmac
import json
import sys
import urllib.parse

NOW = 1_700_000_000
ID = "evt_1"
BODY = '{"symbol":"AAPL","price":181.5}'


# --- Ed25519, after RFC 8032 section 5.1: clear rather than fast, and never to be used with a real key.

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


def add(a, b):
    """The sum of two points in affine coordinates, section 5.1.4."""
    (x1, y1), (x2, y2) = a, b
    k = D * x1 * x2 * y1 * y2
    x = (x1 * y2 + x2 * y1) * pow(1 + k, -1, P) % P
    return x, (y1 * y2 + x1 * x2) * pow(1 - k, -1, P) % P


def times(n, point):
    total = (0, 1)
    for bit in bin(n)[2:]:
        total = add(total, total)
        if bit == "1":
            total = add(total, point)
    return total


def base_point():
    y = 4 * pow(5, -1, P) % P
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    return (x if x % 2 == 0 else P - x), y


BASE = base_point()


def encode_point(point):
    x, y = point
    return (y | (x & 1) << 255).to_bytes(32, "little")


def little(data):
    return int.from_bytes(data, "little")


def expand(seed):
    digest = hashlib.sha512(seed).digest()
    scalar = little(digest[:32]) & ((1 << 254) - 8) | (1 << 254)
    return scalar, digest[32:]


def ed25519_public(seed):
    return encode_point(times(expand(seed)[0], BASE))


def ed25519_sign(seed, message):
    scalar, nonce_key = expand(seed)
    public = encode_point(times(scalar, BASE))
    nonce = little(hashlib.sha512(nonce_key + message).digest()) % L
    commitment = encode_point(times(nonce, BASE))
    challenge = little(hashlib.sha512(commitment + public + message).digest()) % L
    return commitment + ((nonce + challenge * scalar) % L).to_bytes(32, "little")


# --- The dialects.


def b64(data):
    return base64.b64encode(data).decode()


def as_bytes(body):
    return body.encode() if isinstance(body, str) else body


def standard_signature(secret, id, timestamp, body):
    signed = f"{id}.{timestamp}.".encode() + as_bytes(body)
    if secret.startswith("whsk_"):
        seed = base64.b64decode(secret.removeprefix("whsk_"))[:32]
        return "v1a," + b64(ed25519_sign(seed, signed))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return "v1," + b64(hmac.new(key, signed, hashlib.sha256).digest())


def hex_tag(secret, algorithm, signed):
    return hmac.new(secret.encode(), signed, algorithm).hexdigest()


def standard(secrets, body, id=ID, timestamp=NOW):
    signatures = " ".join(standard_signature(secret, id, timestamp, body) for secret in secrets)
    return {"webhook-id": id, "webhook-timestamp": str(timestamp), "webhook-signature": signatures}


def over_body(name, secrets, algorithm, body):
    tags = [f"{algorithm}={hex_tag(secret, algorithm, as_bytes(body))}" for secret in secrets]
    headers = {name: tags[0]}
    if tags[1:]:
        headers[f"{name}-previous"] = ",".join(tags[1:])
    return headers


def hub(secrets, body, algorithm="sha256"):
    return over_body("x-hub-signature-" + algorithm.removeprefix("sha"), secrets, algorithm, body)


def plain(secrets, body, algorithm="sha256", id=ID, timestamp=NOW):
    unsigned = {
        "x-webhook-event": "price.alert",
        "x-webhook-timestamp": str(timestamp),
        "x-webhook-id": id,
        "x-webhook-delivery": "dlv_1",
    }
    return unsigned | over_body("x-webhook-signature", secrets, algorithm, body)


def timestamped(secrets, body, header, separator, algorithm="sha256", timestamp=NOW):
    signed = f"{timestamp}{separator}".encode() + as_bytes(body)
    tags = "".join(f",v1={hex_tag(secret, algorithm, signed)}" for secret in secrets)
    return {header: f"t={timestamp}{tags}"}


def svix(secrets, body, id=ID, timestamp=NOW):
    return {name.replace("webhook", "svix"): value for name, value in standard(secrets, body, id, timestamp).items()}


def github(secrets, body):
    tag = hex_tag(secrets[0], "sha256", as_bytes(body))
    return {"x-github-event": "price.alert", "x-github-delivery": ID, "x-hub-signature-256": f"sha256={tag}"}


def stripe(secrets, body, timestamp=NOW):
    return timestamped(secrets, body, "stripe-signature", ".", timestamp=timestamp)


def slack(secrets, body, timestamp=NOW):
    tag = hex_tag(secrets[0], "sha256", f"v0:{timestamp}:".encode() + as_bytes(body))
    return {"x-slack-request-timestamp": str(timestamp), "x-slack-signature": f"v0={tag}"}


def shopify(secrets, body):
    tag = hmac.new(secrets[0].encode(), as_bytes(body), hashlib.sha256).digest()
    return {"x-shopify-topic": "price.alert", "x-shopify-webhook-id": ID, "x-shopify-hmac-sha256": b64(tag)}


def discord(secrets, body, timestamp=NOW):
    seed = base64.b64decode(secrets[0].removeprefix("whsk_"))[:32]
    signature = ed25519_sign(seed, str(timestamp).encode() + as_bytes(body)).hex()
    return {"x-signature-timestamp": str(timestamp), "x-signature-ed25519": signature}


def square(secrets, body, url):
    tag = hmac.new(secrets[0].encode(), url.encode() + as_bytes(body), hashlib.sha256).digest()
    return {"x-square-hmacsha256-signature": b64(tag)}


def twilio(secrets, body, url):
    """As Twilio's documentation tells it: the fields sorted, names and values one behind the other, behind the URL."""
    signed = url
    if "bodySHA256=" not in url:
        fields = set(urllib.parse.parse_qsl(as_bytes(body).decode(), keep_blank_values=True))
        signed += "".join(name + value for name, value in sorted(fields))
    return {"x-twilio-signature": b64(hmac.new(secrets[0].encode(), signed.encode(), hashlib.sha1).digest())}


# --- The secrets.


def whsec(first, length=32):
    return "whsec_" + b64(bytes((first + i) % 256 for i in range(length)))


def whsk(first):
    seed = bytes((first + i) % 256 for i in range(32))
    return "whsk_" + b64(seed + ed25519_public(seed))


def discord_public(signing_key):
    return base64.b64decode(signing_key.removeprefix("whsk_"))[32:].hex()


def whpk(signing_key):
    return "whpk_" + b64(base64.b64decode(signing_key.removeprefix("whsk_"))[32:])


NEW, OLD, STRANGER = whsec(1), whsec(101), whsec(201)
SIGNING, OTHER_SIGNING = whsk(1), whsk(101)
TEXT, OLD_TEXT = "It's a Secret to Everybody", "geheim: Zürich 🔑"

# --- The published ones, as they stand there; each is computed again below.

PUBLISHED = {
    "standard_hmac": [
        {
            "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "timestamp": 1614265330,
            "body": '{"test": 2432232314}',
            "signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        },
        {
            "secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
            "id": "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
            "timestamp": 1649367553,
            "body": '{"email":"test@example.com","username":"test_user"}',
            "signature": "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
        },
    ],
    "standard_ed25519": [
        {
            "signing_key": "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==",
            "public_key": "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=",
            "id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "timestamp": 1614265330,
            "body": '{"test": 2432232314}',
            "signature": "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==",
        }
    ],
    "hub": [
        {
            "secret": "It's a Secret to Everybody",
            "body": "Hello, World!",
            "header": "X-Hub-Signature-256",
            "signature": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
        }
    ],
    "slack": [
        {
            "secret": "8f742231b10e8888abcd99yyyzzz85a5",
            "timestamp": 1531420618,
            "body": "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
            "&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
            "&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
            "&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c",
            "signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
        }
    ],
    "twilio": [
        {
            "secret": "12345",
            "url": "https://mycompany.com/myapp.php?foo=1&bar=2",
            "body": "CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212",
            "signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8=",
        }
    ],
}


def check_published():
    for case in PUBLISHED["standard_hmac"] + PUBLISHED["standard_ed25519"]:
        secret = case.get("secret") or case["signing_key"]
        assert case["signature"] == standard_signature(secret, case["id"], case["timestamp"], case["body"])
        assert "public_key" not in case or case["public_key"] == whpk(secret)
    for case in PUBLISHED["slack"]:
        assert case["signature"] == slack([case["secret"]], case["body"], case["timestamp"])["x-slack-signature"]
    for case in PUBLISHED["twilio"]:
        assert case["signature"] == twilio([case["secret"]], case["body"], case["url"])["x-twilio-signature"]
    for case in PUBLISHED["hub"]:
        assert case["signature"] == hub([case["secret"]], case["body"])[case["header"].lower()]


# --- The cases.


def case(name, expect, dialect, headers, body, verify_with, sign=None, **receiver):
    text = {"body": body} if isinstance(body, str) else {"body_base64": b64(body)}
    written = {"name": name, "expect": expect, "dialect": dialect, "verify_with": verify_with}
    written |= {"tolerance": 300, "now": NOW} | receiver
    if sign:
        written["sign"] = {"secrets": sign, "id": ID, "timestamp": NOW, "event": "price.alert", "delivery": "dlv_1"}
    return written | {"headers": headers} | text


def without(headers, name):
    return {key: value for key, value in headers.items() if key != name}


def standard_cases():
    def of(name, expect, headers, body=BODY, verify_with=(NEW,), **more):
        return case(name, expect, "standard", headers, body, list(verify_with), **more)

    def signed(name, secrets, verify_with, body=BODY):
        return of(name, "ok", standard(secrets, body), body, verify_with, sign=secrets)

    good = standard([NEW], BODY)
    signature = good["webhook-signature"]
    yield signed("one secret", [NEW], [NEW])
    yield signed("no body", [NEW], [NEW], "")
    yield signed("a body beyond ASCII", [NEW], [NEW], '{"city":"Zürich","mood":"😀"}')
    yield signed("a body that is no text", [NEW], [NEW], bytes(range(256)))
    yield signed("a body with line ends", [NEW], [NEW], '{\r\n  "a": 1\n}\n')
    yield signed("the shortest secret", [whsec(7, 24)], [whsec(7, 24)])
    yield signed("the longest secret", [whsec(7, 64)], [whsec(7, 64)])
    yield signed("rotation, a receiver with the new secret", [NEW, OLD], [NEW])
    yield signed("rotation, a receiver with the old secret", [NEW, OLD], [OLD])
    yield signed("a receiver with both secrets", [OLD], [NEW, OLD])
    yield signed("Ed25519", [SIGNING], [whpk(SIGNING)])
    yield signed("Ed25519, a body that is no text", [SIGNING], [whpk(SIGNING)], bytes(range(256)))
    yield signed("from HMAC to Ed25519, a receiver with the secret", [SIGNING, NEW], [NEW])
    yield signed("from HMAC to Ed25519, a receiver with the key", [SIGNING, NEW], [whpk(SIGNING)])
    many = good | {"webhook-signature": f"v2,abc v1,AAAA v1a,AAAA nonsense {signature}"}
    yield of("among signatures of unknown kinds", "ok", many)
    other = standard_signature(STRANGER, ID, NOW, BODY)
    repeated = {"the same": [signature] * 2, "a stranger's first": [other, signature], "of two": [f"{other} {signature}"] * 2}
    for name, values in repeated.items():
        for comma in [",", ", "]:
            joined = good | {"webhook-signature": comma.join(values)}
            yield of(f"the signature's header twice, joined by {comma!r}: {name}", "malformed_header", joined)
    for seconds, expect in [(300, "ok"), (301, "too_old"), (86400, "too_old")]:
        yield of(f"{seconds} s old", expect, standard([NEW], BODY, timestamp=NOW - seconds))
    for seconds, expect in [(300, "ok"), (301, "in_future"), (86400, "in_future")]:
        yield of(f"{seconds} s in the future", expect, standard([NEW], BODY, timestamp=NOW + seconds))
    yield of("milliseconds", "malformed_header", standard([NEW], BODY, timestamp=NOW * 1000))
    yield of("a timestamp that is no number", "malformed_header", standard([NEW], BODY, timestamp="soon"))
    for name in good:
        yield of(f"without {name}", "missing_header", without(good, name))
    yield of("another dialect", "other_dialect", hub([NEW], BODY))
    yield of("no signature", "malformed_header", good | {"webhook-signature": ""})
    yield of("a signature without version", "malformed_header", good | {"webhook-signature": signature[3:]})
    seventeen = " ".join([standard_signature(STRANGER, ID, NOW, BODY)] * 16 + [signature])
    yield of("seventeen signatures", "malformed_header", good | {"webhook-signature": seventeen}, lenient=True)
    yield of("another secret", "no_match", standard([STRANGER], BODY))
    yield of("another secret, two receivers' secrets", "no_match", standard([STRANGER], BODY), verify_with=[NEW, OLD])
    yield of("another signing key", "no_match", standard([OTHER_SIGNING], BODY), verify_with=[whpk(SIGNING)])
    yield of("Ed25519 where HMAC is wanted", "other_algorithm", standard([SIGNING], BODY))
    yield of("HMAC where Ed25519 is wanted", "other_algorithm", good, verify_with=[whpk(SIGNING)])
    yield of("another id", "no_match", good | {"webhook-id": "evt_2"})
    yield of("another time", "no_match", good | {"webhook-timestamp": str(NOW + 1)})
    shifted = standard([NEW], f"{NOW}.{BODY}", timestamp=NOW - 86400)
    shifted |= {"webhook-id": f"{ID}.{NOW - 86400}", "webhook-timestamp": str(NOW)}
    yield of("an old request, its parts shifted by one", "malformed_header", shifted)
    yield of("an id with a full stop", "malformed_header", standard([NEW], BODY, id="evt.1"))
    yield of("an empty id", "malformed_header", standard([NEW], BODY, id=""))
    yield of("a time with a sign", "malformed_header", standard([NEW], BODY, timestamp=f"+{NOW}"))
    yield of("a signature cut off", "no_match", good | {"webhook-signature": signature[:-1]})
    yield of("the signature of no body", "no_match", standard([NEW], ""))
    yield of("another price", "no_match", good, BODY.replace("181", "182"))
    yield of("keys in another order", "no_match", good, '{"price":181.5,"symbol":"AAPL"}')
    yield of("a line end added", "altered_body", good, BODY + "\n")
    yield of("a line end cut off", "altered_body", standard([NEW], BODY + "\r\n"))
    yield of("written again by Python", "altered_body", good, json.dumps(json.loads(BODY)))
    yield of("written again with line ends", "altered_body", good, json.dumps(json.loads(BODY), indent=2))
    city = '{"city":"Zürich","url":"https://example.com/"}'
    yield of("escaped by Python", "altered_body", standard([NEW], city), json.dumps(json.loads(city)))
    yield of("escaped by PHP", "altered_body", standard([NEW], city), city.replace("/", "\\/").replace("ü", "\\u00fc"))
    yield of("in base64", "altered_body", good, b64(BODY.encode()))
    yield of("read as Latin-1", "altered_body", standard([NEW], city), city.encode().decode("latin-1"))
    yield of("Ed25519, a line end added", "altered_body", standard([SIGNING], BODY), BODY + "\n", [whpk(SIGNING)])
    as_text = "whsec_" + b64(NEW.encode())
    yield of("the key is the text", "signed_otherwise", standard([as_text], BODY))
    without_prefix = "whsec_" + b64(NEW.removeprefix("whsec_").encode())
    yield of("the key is the text without prefix", "signed_otherwise", standard([without_prefix], BODY))


def over_body_cases(dialect, write):
    for algorithm in ["sha256", "sha512"]:
        other = {"sha256": "sha512", "sha512": "sha256"}[algorithm]

        def of(name, expect, headers, body=BODY, verify_with=(TEXT,), **more):
            name = f"{dialect}, {algorithm}: {name}"
            return case(name, expect, dialect, headers, body, list(verify_with), algorithm=algorithm, **more)

        def signed(name, secrets, verify_with, body=BODY):
            return of(name, "ok", write(secrets, body, algorithm), body, verify_with, sign=secrets)

        good = write([TEXT], BODY, algorithm)
        name = [name for name in good if "signature" in name][0]
        yield signed("one secret", [TEXT], [TEXT])
        yield signed("no body", [TEXT], [TEXT], "")
        yield signed("a body that is no text", [TEXT], [TEXT], bytes(range(256)))
        yield signed("a secret beyond ASCII", [OLD_TEXT], [OLD_TEXT])
        yield signed("the whole text of whsec_ is the key", [NEW], [NEW])
        yield signed("rotation, a receiver with the new secret", [TEXT, OLD_TEXT], [TEXT])
        yield signed("rotation, a receiver with the old secret", [TEXT, OLD_TEXT], [OLD_TEXT])
        yield signed("a second rotation", [NEW, TEXT, OLD_TEXT], [OLD_TEXT])
        yield signed("a receiver with both secrets", [OLD_TEXT], [TEXT, OLD_TEXT])
        yield of("signed long ago", "ok", good, now=NOW + 86400 * 365)
        yield of("no signature header", "missing_header", without(good, name))
        yield of("another dialect", "other_dialect", standard([NEW], BODY))
        yield of("another hash", "other_algorithm", write([TEXT], BODY, other))
        yield of("upper-case hex", "malformed_header", good | {name: good[name][:7] + good[name][7:].upper()})
        yield of("cut off", "malformed_header", good | {name: good[name][:-1]})
        yield of("no scheme", "malformed_header", good | {name: good[name][7:]})
        yield of("another secret", "no_match", write([STRANGER], BODY, algorithm))
        yield of("another price", "no_match", good, BODY.replace("181", "182"))
        yield of("a line end added", "altered_body", good, BODY + "\n")
        yield of("written again", "altered_body", good, json.dumps(json.loads(BODY)))
        bare = write([NEW.removeprefix("whsec_")], BODY, algorithm)
        yield of("the key lacks whsec_", "signed_otherwise", bare, verify_with=[NEW])
        if dialect == "plain":
            yield of("an unsigned header changed", "ok", good | {"x-webhook-id": "evt_2"})


def timestamped_cases():
    for header, separator, algorithm in [
        ("x-pt-signature", "", "sha256"),
        ("x-pt-signature", "", "sha512"),
        ("stripe-signature", ".", "sha256"),
        ("stripe-signature", ".", "sha512"),
    ]:

        def of(name, expect, headers, body=BODY, verify_with=(TEXT,), **more):
            receiver = {"algorithm": algorithm, "header": header, "separator": separator}
            name = f"{header}, {algorithm}: {name}"
            return case(name, expect, "timestamped", headers, body, list(verify_with), **receiver, **more)

        def write(secrets, body=BODY, timestamp=NOW, separator=separator, algorithm=algorithm):
            return timestamped(secrets, body, header, separator, algorithm, timestamp)

        def signed(name, secrets, verify_with, body=BODY):
            return of(name, "ok", write(secrets, body), body, verify_with, sign=secrets)

        good = write([TEXT])
        time, tag = good[header].split(",")
        yield signed("one secret", [TEXT], [TEXT])
        yield signed("no body", [TEXT], [TEXT], "")
        yield signed("a body that is no text", [TEXT], [TEXT], bytes(range(256)))
        yield signed("the whole text of whsec_ is the key", [NEW], [NEW])
        yield signed("rotation, a receiver with the new secret", [TEXT, OLD_TEXT], [TEXT])
        yield signed("rotation, a receiver with the old secret", [TEXT, OLD_TEXT], [OLD_TEXT])
        yield of("spaces and another scheme", "ok", {header: f"{time}, v0=00, {tag}"})
        yield of("300 s old", "ok", write([TEXT], timestamp=NOW - 300))
        yield of("301 s old", "too_old", write([TEXT], timestamp=NOW - 301))
        yield of("301 s in the future", "in_future", write([TEXT], timestamp=NOW + 301))
        yield of("a time with a sign", "malformed_header", write([TEXT], timestamp=f"+{NOW}"))
        yield of("no header", "missing_header", {})
        yield of("no time", "malformed_header", {header: tag})
        yield of("two times", "malformed_header", {header: f"{time},{time},{tag}"})
        yield of("no signature", "malformed_header", {header: time})
        other = {"sha256": "sha512", "sha512": "sha256"}[algorithm]
        yield of("another hash", "other_algorithm", write([TEXT], algorithm=other))
        yield of("another secret", "no_match", write([STRANGER]))
        yield of("another time", "no_match", {header: f"t={NOW + 1},{tag}"})
        yield of("another price", "no_match", good, BODY.replace("181", "182"))
        yield of("a line end added", "altered_body", good, BODY + "\n")
        yield of("another separator", "signed_otherwise", write([TEXT], separator="" if separator else "."))


SQUARE_URL = "https://example.com/webhooks/square"
FORM = "From=%2B1415&To=%2B1800&Body=Gr%C3%BC%C3%9Fe+aus+Z%C3%BCrich&Media=a&Media=b&Empty="
TWILIO_URL = "https://example.com/sms?a=1"


def named_cases():
    """The dialects of senders that are not lanehook."""

    def in_dialect(dialect, write, secret, stranger, key=None, body=BODY, signed_time=None, **receiver):
        key = key or secret

        def of(name, expect, headers, body=body, verify_with=(key,), **more):
            return case(f"{dialect}: {name}", expect, dialect, headers, body, list(verify_with), **receiver | more)

        second = discord_public(OTHER_SIGNING) if dialect == "discord" else OLD
        good = write([secret], body)
        (header,) = [name for name in good if "signature" in name and "timestamp" not in name or "hmac" in name]
        yield of("one secret", "ok", good, sign=[secret])
        yield of("a receiver with two secrets", "ok", good, verify_with=[second, key])
        if receiver.get("url") != TWILIO_URL:
            yield of("no body", "ok", write([secret], ""), "", sign=[secret])
            yield of("a body that is no text", "ok", write([secret], bytes(range(256))), bytes(range(256)), sign=[secret])
        yield of("another secret", "no_match", write([stranger], body))
        yield of("another price", "no_match", good, body.replace("1", "2", 1))
        for name in [name for name in good if name == header or signed_time == name or name == "svix-id"]:
            yield of(f"without {name}", "missing_header", without(good, name))
        yield of("another dialect", "other_dialect", plain([TEXT], body))
        yield of("an empty signature", "malformed_header", good | {header: ""})
        altered = good[header][:-4] + ("AAAA" if good[header][-4:] != "AAAA" else "BBBB")
        in_hex = dialect in ["github", "stripe", "slack", "discord"]  # and lower case
        yield of("a signature altered", "malformed_header" if in_hex else "no_match", good | {header: altered})
        if signed_time:
            for seconds, expect in [(300, "ok"), (301, "too_old"), (-300, "ok"), (-301, "in_future")]:
                yield of(f"{seconds} s old", expect, write([secret], body, timestamp=NOW - seconds))
        if signed_time and signed_time != header:
            yield of("another time", "no_match", good | {signed_time: str(NOW + 1)})
            yield of("a time with a sign", "malformed_header", good | {signed_time: f"+{NOW}"}, lenient=True)

    yield from in_dialect("svix", svix, NEW, STRANGER, signed_time="svix-timestamp")
    yield from in_dialect("github", github, TEXT, STRANGER)
    yield from in_dialect("stripe", stripe, "whsec_test", STRANGER, signed_time="stripe-signature")
    yield from in_dialect("slack", slack, TEXT, STRANGER, signed_time="x-slack-request-timestamp")
    yield from in_dialect("shopify", shopify, TEXT, STRANGER)
    yield from in_dialect(
        "discord", discord, SIGNING, OTHER_SIGNING, discord_public(SIGNING), signed_time="x-signature-timestamp"
    )

    def square_at(secrets, body):
        return square(secrets, body, SQUARE_URL)

    yield from in_dialect("square", square_at, TEXT, STRANGER, url=SQUARE_URL)
    elsewhere = square([TEXT], BODY, "https://example.com/webhooks/other")
    yield case("square: another URL", "no_match", "square", elsewhere, BODY, [TEXT], url=SQUARE_URL)
    begin = square([TEXT], "/b" + BODY, "https://example.com/a")
    yield case("square: the body's begin in the URL", "no_match", "square", begin, BODY, [TEXT], url="https://example.com/a")

    def twilio_at(secrets, body):
        return twilio(secrets, body, TWILIO_URL)

    yield from in_dialect("twilio", twilio_at, TEXT, STRANGER, body=FORM, url=TWILIO_URL)
    for other in ["https://example.com/sms?a=2", "https://example.com/sms", "https://example.org/sms?a=1"]:
        yield case(f"twilio: signed for {other}", "no_match", "twilio", twilio([TEXT], FORM, other), FORM, [TEXT], url=TWILIO_URL)
    port = twilio([TEXT], FORM, "https://example.com:443/sms?a=1")
    yield case("twilio: the port in the URL", "ok", "twilio", port, FORM, [TEXT], url=TWILIO_URL)
    hashed = f"{TWILIO_URL}&bodySHA256={hashlib.sha256(BODY.encode()).hexdigest()}"
    for name, body, expect in [("the hash of the body", BODY, "ok"), ("the hash of another body", BODY + " ", "no_match")]:
        yield case(f"twilio: {name}", expect, "twilio", twilio([TEXT], BODY, hashed), body, [TEXT], url=hashed)
    # Twilio's libraries put the values of one name in order before they sign, and so take them in any.
    for name, body in [("not in order", FORM.replace("Media=a&Media=b", "Media=b&Media=a")), ("twice", FORM + "&Media=b")]:
        yield case(f"twilio: the values of a name {name}", "no_match", "twilio", twilio_at([TEXT], FORM), body, [TEXT], url=TWILIO_URL, lenient=True)
    many = "&".join(f"f{n}=1" for n in range(1001))
    yield case("twilio: 1,001 fields", "no_match", "twilio", twilio_at([TEXT], many), many, [TEXT], url=TWILIO_URL, lenient=True)


def main():
    check_published()
    cases = [*standard_cases(), *over_body_cases("hub", hub), *over_body_cases("plain", plain), *timestamped_cases()]
    cases += named_cases()
    names = [case["name"] for case in cases]
    assert len(set(names)) == len(names)
    about = "Computed by vectors.py, which says what the fields are. Change that, not this."
    groups = {"about": about} | PUBLISHED
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    # One case a line, so that a change can be read.
    print("{")
    for name, value in groups.items():
        print(f" {json.dumps(name)}: {json.dumps(value, ensure_ascii=False)},")
    print(' "cases": [')
    print(",\n".join("  " + json.dumps(case, ensure_ascii=False) for case in cases))
    print(" ]\n}")


main()
