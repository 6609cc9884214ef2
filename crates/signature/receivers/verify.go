package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Verify says whether this body is signed with this secret (whsec_…), and not more than five minutes ago.
func Verify(secret string, headers http.Header, body []byte, now time.Time) bool {
	// Of two headers with one name, another program may look at the other one.
	for _, name := range []string{"webhook-id", "webhook-timestamp", "webhook-signature"} {
		if len(headers.Values(name)) != 1 {
			return false
		}
	}
	id, timestamp := headers.Get("webhook-id"), headers.Get("webhook-timestamp")
	// An id with a full stop, or a time with a sign, would let another request have the same signed text.
	seconds, err := strconv.ParseUint(timestamp, 10, 62)
	if err != nil || id == "" || strings.Contains(id, ".") {
		return false
	}
	if age := now.Unix() - int64(seconds); age < -300 || age > 300 {
		return false
	}
	// A short key can be guessed, and no key is everybody's.
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil || !strings.HasPrefix(secret, "whsec_") || len(key) < 24 {
		return false
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.", id, timestamp)
	mac.Write(body)
	// Two headers of this name, which a server made one: another program may look at the other one.
	for _, given := range strings.Split(headers.Get("webhook-signature"), " ") {
		if strings.Count(given, ",") > 1 {
			return false
		}
	}
	expected := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	for _, given := range strings.Split(headers.Get("webhook-signature"), " ") {
		if hmac.Equal([]byte(expected), []byte(given)) {
			return true
		}
	}
	return false
}
