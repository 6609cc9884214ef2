
# Asks the example about every request on standard input; see ../it/examples.rs for the form.
$stdin.each_line(chomp: true) do |line|
  secret, now, body, *headers = line.split("\t", -1).map { |field| field.unpack1("m") }
  headers = headers.to_h { |header| header.force_encoding("UTF-8").split(":", 2) }
  puts verify(secret, headers, body, now.to_i) ? "ok" : "refused"
end
