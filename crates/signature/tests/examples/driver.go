// Asks the example about every request on standard input; see ../it/examples.rs for the form.
package main

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var fields []string
		for _, field := range strings.Split(lines.Text(), "\t") {
			decoded, err := base64.StdEncoding.DecodeString(field)
			if err != nil {
				panic(err)
			}
			fields = append(fields, string(decoded))
		}
		headers := http.Header{}
		for _, header := range fields[3:] {
			name, value, _ := strings.Cut(header, ":")
			headers.Set(name, value)
		}
		now, err := strconv.ParseInt(fields[1], 10, 64)
		if err != nil {
			panic(err)
		}
		if Verify(fields[0], headers, []byte(fields[2]), time.Unix(now, 0)) {
			fmt.Println("ok")
		} else {
			fmt.Println("refused")
		}
	}
}
