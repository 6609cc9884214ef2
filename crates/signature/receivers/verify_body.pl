use strict;
use warnings;
use Digest::SHA qw(hmac_sha256_hex);

# In bytes: white space, quotes, no-break and zero-width spaces, a byte order mark.
my $AROUND = qr{(?:[\s"'`]|\xc2\xa0|\xe2\x80\x8b|\xe2\x81\xa0|\xef\xbb\xbf)*};
my $STANDS_IN = qr/null|Null|NULL|undefined|[Nn]one|nil|NaN|[Tt]rue|[Ff]alse|\(null\)|(?:[*.xX]|\xe2\x80[\xa2\xa6]){3,}|[\$\#]\{.*\}\#?|\{[{%].*[}%]\}|<%.*%>
    |\$\(.*\)|%\(.*\)s|\$(?:env:.*|[A-Z_][A-Z0-9_]*|(?=[a-z0-9]*_)[a-z_][a-z0-9_]*)|__[A-Z][A-Z0-9_]*__
    |(?:[<%\@]|\[\[?|\(\()[ ]*[A-Za-z_][A-Za-z0-9_[:blank:].-]*(?:[>%\@]|\]\]?|\)\))|\{[ ]*[A-Za-z_][A-Za-z_[:blank:].-]*\}/xs;
my $NONE = qr{$AROUND(?:\z|whsec_|whsk_|whpk_|$STANDS_IN$AROUND\z)};

# Whether this body, as bytes, holds the signature of the rest of it, as the payload `plain` does.
sub verify_body {
    my ($secret, $body) = @_;
    # No white space or quotes alone, no word, mask or template for a missing one, no public or damaged key; whsec_ is whole.
    return 0 unless $secret =~ m{\A(?:whsec_[A-Za-z0-9+/]{32,86}={0,2}|(?!$NONE).+)\z}s;
    my ($signed, $given) = $body =~ /\A(.*),"signature":"sha256=([0-9a-f]{64})"\}\z/s or return 0;
    my $expected = hmac_sha256_hex("$signed}", $secret);
    my $differs = 0;
    $differs |= ord(substr $expected, $_, 1) ^ ord(substr $given, $_, 1) for 0 .. 63;
    return $differs == 0;
}

1;
