package main

import (
	"encoding/json"
	"io"
	"log"
	"net/http"
	"os"
	"time"
)

// Webhook takes deliveries: http.HandleFunc("/webhooks", Webhook).
func Webhook(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20)) // before any decoder
	if err != nil {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	if !Verify(os.Getenv("WEBHOOK_SECRET"), r.Header, body, time.Now()) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var event any
	if err := json.Unmarshal(body, &event); err != nil {
		http.Error(w, "the body is no JSON", http.StatusBadRequest)
		return
	}
	// Hand it on here and answer at once: the sender waits, and tries again when it has waited too long.
	go log.Println(r.Header.Get("webhook-id"), event)
	w.WriteHeader(http.StatusNoContent)
}
