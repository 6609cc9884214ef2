
// Asks the example about every request on standard input; see ../it/examples.rs for the form.
while (($line = fgets(STDIN)) !== false) {
    $fields = array_map('base64_decode', explode("\t", rtrim($line, "\n")));
    $headers = [];
    foreach (array_slice($fields, 3) as $header) {
        [$name, $value] = explode(':', $header, 2);
        $headers[$name] = $value;
    }
    echo verify($fields[0], $headers, $fields[2], (int) $fields[1]) ? "ok\n" : "refused\n";
}
