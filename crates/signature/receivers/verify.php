<?php

/** Whether this body is signed with this secret (whsec_…), and not more than five minutes ago. */
function verify(string $secret, array $headers, string $body, ?int $now = null): bool
{
    [$id, $timestamp, $signatures] = array_map(
        fn (string $name): string => $headers["webhook-$name"] ?? '',
        ['id', 'timestamp', 'signature'],
    );
    // An id with a full stop, or a time with a sign, would let another request have the same signed text.
    if ($id === '' || str_contains($id, '.') || !ctype_digit($timestamp)) {
        return false;
    }
    if (abs(($now ?? time()) - (int) $timestamp) > 300) {
        return false;
    }
    // A short key can be guessed, and no key is everybody's.
    $key = base64_decode(preg_replace('/^whsec_/', '', $secret), true);
    if ($key === false || strlen($key) < 24 || !str_starts_with($secret, 'whsec_')) {
        return false;
    }
    // Two headers of this name, which a server made one: another program may look at the other one.
    if (preg_match('/,[^ ]*,/', $signatures)) {
        return false;
    }
    $expected = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$timestamp.$body", $key, true));
    foreach (explode(' ', $signatures) as $given) {
        if (hash_equals($expected, $given)) {
            return true;
        }
    }
    return false;
}
