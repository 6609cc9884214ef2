use strict;
use warnings;
use Digest::SHA qw(hmac_sha256_hex);

# Whether this body, as bytes, holds the signature of the rest of it, as the payload `plain` does.
sub verify_body {
    my ($secret, $body) = @_;
    # Not empty or white space, no public or damaged key, and what begins with whsec_ is whole.
    return 0 unless $secret =~ m{\A(?:whsec_[A-Za-z0-9+/]{32,86}={0,2}|(?!whsec_|whsk_|whpk_)\s*\S.*)\z}s;
    my ($signed, $given) = $body =~ /\A(.*),"signature":"sha256=([0-9a-f]{64})"\}\z/s or return 0;
    my $expected = hmac_sha256_hex("$signed}", $secret);
    my $differs = 0;
    $differs |= ord(substr $expected, $_, 1) ^ ord(substr $given, $_, 1) for 0 .. 63;
    return $differs == 0;
}

1;
