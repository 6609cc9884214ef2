require "openssl"

# Whether this body is signed with this secret (whsec_…), and not more than five minutes ago.
def verify(secret, headers, body, now = Time.now.to_i)
  id, timestamp, signatures = %w[id timestamp signature].map { |name| headers["webhook-#{name}"].to_s }
  # An id with a full stop, or a time with a sign, would let another request have the same signed text.
  return false if id.empty? || id.include?(".") || !timestamp.match?(/\A[0-9]+\z/)
  return false if (now - timestamp.to_i).abs > 300

  # A short key can be guessed, and no key is everybody's.
  key = secret.delete_prefix("whsec_").unpack1("m0")
  return false if key.bytesize < 24 || !secret.start_with?("whsec_")

  # Two headers of this name, which a server made one: another program may look at the other one.
  return false if signatures.match?(/,[^ ]*,/)

  tag = OpenSSL::HMAC.digest("SHA256", key, "#{id}.#{timestamp}.".b + body.b)
  expected = "v1,#{[tag].pack("m0")}"
  signatures.split(" ").any? { |given| OpenSSL.secure_compare(expected, given) }
rescue ArgumentError # the secret is not base64
  false
end
