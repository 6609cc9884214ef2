package main

import (
	"encoding/json"
	"io"
	"log"
	"net/http"
	"os"
	"regexp"
	"time"
	"unicode/utf8"
)

var secret = func() string {
	text := os.Getenv("WEBHOOK_SECRET")
	if !regexp.MustCompile(`^whsec_[A-Za-z0-9+/]{32,}={0,2}$`).MatchString(text) {
		log.Fatal("WEBHOOK_SECRET must be whsec_ and base64 of 24 bytes or more, with nothing around it")
	}
	return text
}()

// enqueue keeps what must not be lost, in a table or a queue of yours, for which a file stands here. Who reads it does the work.
func enqueue(id, body string) error {
	line, err := json.Marshal(map[string]string{"id": id, "body": body})
	if err != nil {
		return err
	}
	file, err := os.OpenFile("webhooks.jsonl", os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	// It begins with a line's end, so that half a line, which a full disk leaves, spoils no other one. In one piece, or
	// another request's line comes in between.
	if _, err := file.Write([]byte("\n" + string(line) + "\n")); err != nil {
		return err
	}
	return file.Sync()
}

// Webhook takes deliveries: http.HandleFunc("/webhooks", Webhook).
func Webhook(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20)) // before any decoder
	if err != nil {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	if !Verify(secret, r.Header, body, time.Now()) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if !utf8.Valid(body) || !json.Valid(body) {
		http.Error(w, "the body is no JSON", http.StatusBadRequest)
		return
	}
	// First keep, then answer, then work: after a 2xx the sender forgets it, and it waits only some seconds for that. The
	// text is kept as it came, since a number that was parsed may be another one by then.
	if err := enqueue(r.Header.Get("webhook-id"), string(body)); err != nil {
		log.Print(err)
		w.WriteHeader(http.StatusInternalServerError) // it comes again
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
