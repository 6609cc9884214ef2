// Made by `npm run api` from openapi.json. Do not edit.
export interface paths {
    "/api/v1/api-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List API keys
         * @description Oldest first: the tenant's own. An operator's key that names no tenant sees all of them.
         *
         *     Needs a key with the scope `keys`.
         */
        get: operations["listApiKeys"];
        put?: never;
        /**
         * Create an API key
         * @description The answer shows the key, only this once.
         *
         *     Needs a key with the scope `keys`.
         */
        post: operations["createApiKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/api-keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revoke an API key
         * @description It is refused from the answer on.
         *
         *     Needs a key with the scope `keys`.
         */
        delete: operations["deleteApiKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/attempts/{id}/scrub": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Scrub an attempt
         * @description Deletes what was sent in it and what was answered: URL, headers, bodies and the sentence about it. When it was, how it came out and how long it took stays, and it says `scrubbed_at`. The event stays as it is.
         *
         *     Needs a key with the scope `deliveries:write`.
         */
        post: operations["scrubAttempt"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the audit trail
         * @description Newest first: who changed what, tried what by hand or read a secret, from where. An operator's key sees the lines of the tenant that it names, or with `Tenant: *` all, with those of what belongs to no tenant. Publishing events leaves no line. `GET /audit/export` has whole texts, whose hashes can be checked.
         *
         *     Needs a key with the scope `audit:read`.
         */
        get: operations["listAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export the audit trail
         * @description Oldest first, up to what there is now. For an operator each line of `ndjson` is the very text that was hashed: the SHA-256 of its bytes, without the newline, is the `previous` of the line that was written next. With `Tenant: *` and no filter that holds from each line to the following one. Others get the lines as the list shows them.
         *
         *     Needs a key with the scope `audit:read`.
         */
        get: operations["exportAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List deliveries
         * @description Newest first, tests included. `status=failed&test=false` is the dead-letter list.
         *
         *     Needs a key with the scope `deliveries:read`.
         */
        get: operations["listDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/deliveries/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel many deliveries
         * @description Gives up deliveries that are owed. A request already on its way is not called back. Like a replay it goes on by itself and is found in `GET /api/v1/replays`.
         *
         *     Needs a key with the scope `deliveries:write`.
         */
        post: operations["cancelDeliveries"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/deliveries/groups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Group deliveries
         * @description What failed, by webhook and reason: each group with its count, its first and its last. `POST /api/v1/deliveries/retry` with the group's `webhook` and `failure` makes all of it due again, while the webhook is there. Of the newest 10,000 deliveries.
         *
         *     Needs a key with the scope `deliveries:read`.
         */
        get: operations["groupDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/deliveries/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Retry many deliveries
         * @description Makes deliveries due now that failed, were cancelled or wait for a retry: the same deliveries, with their schedules from the start where they had been given up. Their lanes keep to order, rate and breaker. Like a replay it goes on by itself and is found in `GET /api/v1/replays`.
         *
         *     Needs a key with the scope `deliveries:write`.
         */
        post: operations["retryDeliveries"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/deliveries/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a delivery
         * @description With every request made for it (what was sent, what came back, how long it took), those that are planned, and how it goes to others.
         *
         *     Needs a key with the scope `deliveries:read`.
         */
        get: operations["readDelivery"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/deliveries/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a delivery
         * @description Gives up a delivery that is pending or retrying. A request already on its way is not called back.
         *
         *     Needs a key with the scope `deliveries:write`.
         */
        post: operations["cancelDelivery"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/deliveries/{id}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replay a delivery
         * @description Sends the event of a delivery that has come to its end once more, to the same webhook: by a new delivery, which points at this one (`replay_of`), waits like any other and counts as owed. The one that is repeated stays as it is. The receiver sees the same `webhook-id`, so one that remembers ids takes it for a duplicate; with `new_id` it sees the new delivery's. A test is sent again at once, as a test, also to a webhook that is disabled: what came of it is in the answer.
         *
         *     Needs a key with the scope `deliveries:write`.
         */
        post: operations["replayDelivery"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/deliveries/{id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Retry a delivery
         * @description Has it sent next: past an open breaker, a pause that the receiver asked for and its own retry time; order and `rate_limit` hold. One that failed or was cancelled is owed again, with its retry schedule from the start. One that is delivered stays so, and so does a test: replay it.
         *
         *     Needs a key with the scope `deliveries:write`.
         */
        post: operations["retryDelivery"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/event-types": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List event types
         * @description By name.
         *
         *     Needs a key with the scope `catalogue:read`.
         */
        get: operations["listEventTypes"];
        put?: never;
        /**
         * Import event types
         * @description From a pack, from an OpenAPI document's webhooks, or from a list.
         *
         *     Needs an operator's key with the scope `catalogue:write`.
         */
        post: operations["importEventTypes"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/event-types/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read an event type
         * @description Needs a key with the scope `catalogue:read`.
         */
        get: operations["readEventType"];
        /**
         * Create or replace an event type
         * @description Everything is replaced; what is left out gets its default. The answer says what the newest version breaks for receivers who know the one before.
         *
         *     Needs an operator's key with the scope `catalogue:write`.
         */
        put: operations["putEventType"];
        post?: never;
        /**
         * Delete an event type
         * @description Events of the type stay. Better archive it, so that old events can be understood.
         *
         *     Needs an operator's key with the scope `catalogue:write`.
         */
        delete: operations["deleteEventType"];
        options?: never;
        head?: never;
        /**
         * Change an event type
         * @description A JSON merge patch (RFC 7396): deprecate it with `{"status": "deprecated"}`, archive it with `{"status": "archived"}`.
         *
         *     Needs an operator's key with the scope `catalogue:write`.
         */
        patch: operations["changeEventType"];
        trace?: never;
    };
    "/api/v1/event-types/{name}/sample": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Make a sample event
         * @description One that fits the schema, ready to be published, or to be tried on a webhook.
         *
         *     Needs a key with the scope `catalogue:read`.
         */
        get: operations["sampleEvent"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/event-types/{name}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Add a version to an event type
         * @description Its number is the next if it names none. The answer says what it breaks for receivers who know the version before; with `dry_run=true` nothing else happens.
         *
         *     Needs an operator's key with the scope `catalogue:write`.
         */
        post: operations["addEventTypeVersion"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List events
         * @description Newest first. A page holds about 4 MiB of `data`; where events are large, it has fewer than `limit`.
         *
         *     Needs a key with the scope `events:read`.
         */
        get: operations["listEvents"];
        put?: never;
        /**
         * Publish events
         * @description One event, or `{"events": […]}` with up to 1,000: if one of them may not be kept, none is. 202 means that they are on disk together with the deliveries they cause. After a 5xx, or without an answer, some of them may be. An event's `id`, or the header `Idempotency-Key`, makes it safe to send again within 24 hours: the same event, byte for byte, is answered as before, with `duplicate: true`. The header is about the request: with several events each is known by the key and its place, and an event that is known by the key is a duplicate whatever its `id`.
         *
         *     An operator's key with `Tenant: *` publishes one event to all tenants: each gets a copy of its own, with the deliveries that its webhooks ask for.
         *
         *     Needs a key with the scope `events:write`.
         */
        post: operations["publishEvents"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read an event
         * @description Needs a key with the scope `events:read`.
         */
        get: operations["readEvent"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events/{id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List an event's deliveries
         * @description Newest first. The event says how many are still to come.
         *
         *     Needs a key with the scope `deliveries:read`.
         */
        get: operations["listDeliveriesOfEvent"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events/{id}/scrub": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Scrub an event
         * @description Deletes its `data` and `metadata`, and of all of its attempts what was sent and answered: URLs, headers, bodies and sentences. That it was published, to whom it was delivered and how that came out stays, and each says `scrubbed_at`. It cannot be sent again. When this is answered, the bytes are in no file of the server any more, unless `in_log` says otherwise; a server that is ended meanwhile goes on when it is started. Copies that a broadcast made for other tenants, saved events and backups are others.
         *
         *     Needs a key with the scope `events:write`.
         */
        post: operations["scrubEvent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events/{id}/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List what an event is to each webhook
         * @description All webhooks of the tenant, newest first, each with whether the event matches it by today's settings and if not, the clause that says no; and with the delivery that the event made for it, if it did.
         *
         *     Needs a key with the scopes `webhooks:read`, `events:read` and `deliveries:read`.
         */
        get: operations["listWebhooksOfEvent"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/filters/try": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Try a filter
         * @description Asks the tenant's last events whether a webhook with these types, assets and filter would have got them. Nothing is kept or sent. It ends early where that takes more than about a second, and says how many it has looked at.
         *
         *     Needs a key with the scope `events:read`.
         */
        post: operations["tryFilter"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/inspectors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List inspectors
         * @description Newest first.
         *
         *     Needs a key with the scope `webhooks:read`.
         */
        get: operations["listInspectors"];
        put?: never;
        /**
         * Create an inspector
         * @description A receiver of your own, in the server: set its `url` as that of a webhook of the same tenant, and what that sends is kept here and answered as you say. Nothing leaves the server, and all else is as for any receiver: lane, signature, timeout, retries, records of attempts. It is in memory: a restart forgets it, and so does a day in which nobody uses it. A tenant has 20 at most.
         *
         *     Needs a key with the scope `webhooks:write`.
         */
        post: operations["createInspector"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/inspectors/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read an inspector
         * @description Needs a key with the scope `webhooks:read`.
         */
        get: operations["readInspector"];
        put?: never;
        post?: never;
        /**
         * Delete an inspector
         * @description With what came to it. A webhook whose URL leads to it fails from now on.
         *
         *     Needs a key with the scope `webhooks:write`.
         */
        delete: operations["deleteInspector"];
        options?: never;
        head?: never;
        /**
         * Change what an inspector answers
         * @description Only what is named; `headers` are replaced as a whole. Requests that it has got and not answered yet are answered as before.
         *
         *     Needs a key with the scope `webhooks:write`.
         */
        patch: operations["changeInspector"];
        trace?: never;
    };
    "/api/v1/inspectors/{id}/requests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List what an inspector got
         * @description Newest first: the last 100 requests, as far as there is memory for them. Credentials are left out, as in the records of attempts. The signature is checked when a request comes, with the secrets that the webhook has then. `GET /live?kind=inspector` tells of each as it comes.
         *
         *     Needs a key with the scope `deliveries:read`.
         */
        get: operations["listInspectedRequests"];
        put?: never;
        post?: never;
        /**
         * Empty an inspector
         * @description Forgets what came to it.
         *
         *     Needs a key with the scope `webhooks:write`.
         */
        delete: operations["deleteInspectedRequests"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Watch what happens
         * @description Server-sent events of what was committed from now on: `event` (an event was accepted), `delivery` (a delivery is owed, was tried, or stands otherwise; with what came of the attempt), `webhook` (one was made, changed or deleted), `health` (one does better or worse) and `inspector` (a request came to one, or was answered). The data of each is JSON, as the schemas `LiveEvent`, `LiveDelivery`, `LiveWebhook`, `LiveHealth` and `LiveInspector` say, with `at`, and with `tenant` where an operator's key reads all tenants (`Tenant: *`). What the key may not read is left out: events need `events:read`, webhooks `webhooks:read`.
         *
         *     A client that comes back with `Last-Event-ID` goes on where it was, as long as that is remembered: some minutes, less where much happens, and not past a restart. Otherwise it is told first what was accepted since, as it is now, and `missed` (`LiveMissed`) says since when something may be missing: what came of earlier deliveries, and changes of webhooks. `missed` also says how much a client was too slow for. Nothing is told twice. `end` (`LiveEnd`) says why nothing more comes. A quiet stream sends a comment every 15 seconds.
         *
         *     Needs a key with the scope `deliveries:read`.
         */
        get: operations["watchLive"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/notice-settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read when notices are told
         * @description When the request's tenant is told of what happens to its webhooks, quotas and keys, and where besides its webhooks.
         *
         *     Needs a key with the scope `webhooks:read`.
         */
        get: operations["readNoticeSettings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change when notices are told
         * @description A JSON merge patch (RFC 7396) of what is set. It holds within seconds, for webhooks' health, too: what is told as failing is shown as failing. `mail_to` is set by operators' keys, and by tenants' own where the server permits it.
         *
         *     Needs a key with the scope `webhooks:write`.
         */
        patch: operations["changeNoticeSettings"];
        trace?: never;
    };
    "/api/v1/overview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read how everything is
         * @description How many webhooks do well, which of them do not, what is owed and since when, and what was counted lately: of the tenant, or with `Tenant: *` for an operator's key of all tenants.
         *
         *     Needs a key with the scopes `webhooks:read` and `deliveries:read`.
         */
        get: operations["readOverview"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/platforms": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List platforms
         * @description By id.
         *
         *     Needs a key with the scope `webhooks:read`.
         */
        get: operations["listPlatforms"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/platforms/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a platform
         * @description Needs a key with the scope `webhooks:read`.
         */
        get: operations["readPlatform"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/portal-links": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create a portal link
         * @description For a customer, who gets the tenant's webhooks and deliveries to see and, unless it is for reading, to change: the operations with `x-in-portal`, and none of the notices (`lanehook.*`). Whoever opens it first is signed in. It permits no more than the key that made it, and ends with that. An operator's key names the tenant (`Tenant`).
         *
         *     Needs a key with the scopes `keys`, `webhooks:read` and `deliveries:read`.
         */
        post: operations["createPortalLink"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/render": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Preview a payload
         * @description Makes the payload that a webhook would be sent for an event, and sends nothing. The webhook can be one that is still being written.
         *
         *     Needs a key with the scope `webhooks:read`.
         */
        post: operations["renderPayload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/replays": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List replays
         * @description Newest first, with the retries and cancellations of many deliveries. The last thousand are kept.
         *
         *     Needs a key with the scope `deliveries:read`.
         */
        get: operations["listReplays"];
        put?: never;
        /**
         * Replay deliveries
         * @description Sends again what was sent, in the order in which it was accepted: each by a new delivery, which points at the one that it repeats and leaves it as it is. With `rematch`, sends what should have been sent: each event goes to the webhooks that want it by today's types and filters. It goes on after a restart, keeps to its `rate`, leaves half of the tenant's `owed_deliveries` for what is published meanwhile, and ends with what was there when it was begun. `dry_run` tells how many there are.
         *
         *     Needs a key with the scope `deliveries:write`.
         */
        post: operations["beginReplay"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/replays/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a replay
         * @description Needs a key with the scope `deliveries:read`.
         */
        get: operations["readReplay"];
        put?: never;
        post?: never;
        /**
         * Stop a replay
         * @description What it has done stays done, and nothing comes after the answer. One that has come to its end stays as it is.
         *
         *     Needs a key with the scope `deliveries:write`.
         */
        delete: operations["stopReplay"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/reports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List reports
         * @description By name.
         *
         *     Needs a key with the scope `deliveries:read`.
         */
        get: operations["listReports"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/reports/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a report
         * @description Needs a key with the scope `deliveries:read`.
         */
        get: operations["readReport"];
        /**
         * Save a report
         * @description Keeps a question for statistics under a name, in the place of what was saved under it before. `GET /reports/{name}/stats` answers it as it is then: with `last`, up to that moment. It stays until it is deleted, and counts in the quota `saved`.
         *
         *     Needs a key with the scopes `deliveries:write` and `deliveries:read`.
         */
        put: operations["putReport"];
        post?: never;
        /**
         * Delete a report
         * @description Needs a key with the scope `deliveries:write`.
         */
        delete: operations["deleteReport"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/reports/{name}/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a report's statistics
         * @description What `GET /stats` answers to the same parameters now.
         *
         *     Needs a key with the scope `deliveries:read`.
         */
        get: operations["runReport"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/saved-events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List saved events
         * @description By name. A page holds about 4 MiB of `data`; where events are large, it has fewer than `limit`.
         *
         *     Needs a key with the scope `events:read`.
         */
        get: operations["listSavedEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/saved-events/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a saved event
         * @description Needs a key with the scope `events:read`.
         */
        get: operations["readSavedEvent"];
        /**
         * Save an event
         * @description Keeps what an event says under a name, in the place of what was saved under it before: one of your own, or one that is stored. It is published again by `POST /saved-events/{name}/send`, and webhooks are tried with it (`saved_event` of `POST /webhooks/{id}/test` and `POST /render`). It stays until it is deleted, and counts in the quotas `saved` and `event_bytes`.
         *
         *     Needs a key with the scope `events:write`.
         */
        put: operations["putSavedEvent"];
        post?: never;
        /**
         * Delete a saved event
         * @description What was published from it stays.
         *
         *     Needs a key with the scope `events:write`.
         */
        delete: operations["deleteSavedEvent"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/saved-events/{name}/send": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Publish a saved event
         * @description As a new event, with an id and a time of its own: it is checked, gets the tenant's fields and goes to whoever asks for it, like any other. The header `Idempotency-Key` makes it safe to send again within 24 hours.
         *
         *     Needs a key with the scope `events:write`.
         */
        post: operations["sendSavedEvent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Search
         * @description Finds webhooks, events and deliveries of the tenant by how their ids begin (in the case in which they are written), webhooks also by a part of their name or of the host of their URL, and by a URL or a host with its port (what is behind them is passed over), and event types by a part of their name or title. What the key may not read is left out: event types need `catalogue:read`, events `events:read` and deliveries `deliveries:read`. Of events without ids of their publisher only the last 200 are looked at that begin so.
         *
         *     Needs a key with the scope `webhooks:read`.
         */
        get: operations["search"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who is signed in
         * @description Of a session, or of the API key that the request shows: whose it is, and what it permits.
         */
        get: operations["readSession"];
        put?: never;
        /**
         * Sign in
         * @description For browsers: exchanges an API key, or the code of a link that signs in once, for a cookie that pages cannot read. Show either as `Authorization: Bearer`. The session permits what the key does, or what the link says, and ends with the key. A portal's has a cookie of its own: requests of the portal say `X-Lanehook-Portal: 1`, and belong to that or to none.
         */
        post: operations["signIn"];
        /**
         * Sign out
         * @description The session ends at once. With an API key in place of a session, `everywhere=true` ends all sessions that came from it.
         */
        delete: operations["signOut"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read statistics
         * @description What was counted of events and deliveries in each minute, hour or day: of the tenant, of one of its webhooks or of each, of one event type or of each. The sums are true at any moment: what was counted last is in them. With `Tenant: *` an operator's key reads those of all tenants, together or each apart.
         *
         *     An event counts for the time at which it was accepted, a try for that at which it began, and the end of a delivery for its own.
         *
         *     Needs a key with the scope `deliveries:read`.
         */
        get: operations["readStats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stats/failures": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read why tries fail
         * @description The tries that failed in a time, by kind: how many, when first and last, which webhooks have most of them, and what such a failure mostly means. Of the tenant, of one webhook, or with `Tenant: *` for an operator's key of all tenants.
         *
         *     Needs a key with the scope `deliveries:read`.
         */
        get: operations["readFailures"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/system": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read how the server itself does
         * @description Its version, store, disk, periodic jobs and settings, for operators. How it does by the numbers is in `/metrics`, whether it is ready in `/readyz`.
         *
         *     Needs an operator's key with the scope `tenants`.
         */
        get: operations["readSystem"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List tenants
         * @description By id.
         *
         *     Needs an operator's key with the scope `tenants`.
         */
        get: operations["listTenants"];
        put?: never;
        /**
         * Create a tenant
         * @description Needs an operator's key with the scope `tenants`.
         */
        post: operations["createTenant"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a tenant
         * @description Needs an operator's key with the scope `tenants`.
         */
        get: operations["readTenant"];
        put?: never;
        post?: never;
        /**
         * Delete a tenant
         * @description With its API keys and webhooks; what they were owed is cancelled. The default tenant cannot be deleted.
         *
         *     Needs an operator's key with the scope `tenants`.
         */
        delete: operations["deleteTenant"];
        options?: never;
        head?: never;
        /**
         * Change a tenant
         * @description A JSON merge patch (RFC 7396) of `name`, `validation`, `enrichment`, `quotas`, `notices` and `retention`. It applies to the next event or request; of `retention` to what is there, within minutes.
         *
         *     Needs an operator's key with the scope `tenants`.
         */
        patch: operations["changeTenant"];
        trace?: never;
    };
    "/api/v1/theme": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the theme
         * @description How the tenant's portal looks: what was saved, or else nothing but the defaults.
         *
         *     Needs a key with the scope `webhooks:read`.
         */
        get: operations["readTheme"];
        /**
         * Save the theme
         * @description The whole of it: what is left out is as lanehook has it. For the tenant that the header `Tenant` names. It counts in the tenant's quota `event_bytes`.
         *
         *     Needs a key with the scope `tenants`.
         */
        put: operations["putTheme"];
        post?: never;
        /**
         * Delete the theme
         * @description The portal looks as lanehook has it.
         *
         *     Needs a key with the scope `tenants`.
         */
        delete: operations["deleteTheme"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read how much is used
         * @description What the request's tenant has of what has a quota, and may have.
         *
         *     Needs a key with the scope `webhooks:read`.
         */
        get: operations["readUsage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List webhooks
         * @description Newest first, or with `sort=worst` by how they do. That is found out anew every few seconds: one whose health changes between two pages can be missed, or come twice.
         *
         *     Needs a key with the scope `webhooks:read`.
         */
        get: operations["listWebhooks"];
        put?: never;
        /**
         * Create a webhook
         * @description Answers with the webhook and, only this once, its secret. Events accepted after the answer match it. What is hardly meant, like a pattern that matches no known event type or a secret that can be guessed, is kept and named in `warnings`.
         *
         *     Needs a key with the scope `webhooks:write`.
         */
        post: operations["createWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a webhook
         * @description Needs a key with the scope `webhooks:read`.
         */
        get: operations["readWebhook"];
        /**
         * Create or replace a webhook under your own id
         * @description One webhook per user is one PUT. All settings are replaced, those left out by their defaults; the secret stays unless one is given.
         *
         *     Needs a key with the scope `webhooks:write`.
         */
        put: operations["putWebhook"];
        post?: never;
        /**
         * Delete a webhook
         * @description Nothing more is sent to it; what it was owed is cancelled. Also one that this version cannot read can be deleted.
         *
         *     Needs a key with the scope `webhooks:write`.
         */
        delete: operations["deleteWebhook"];
        options?: never;
        head?: never;
        /**
         * Change a webhook
         * @description A JSON merge patch (RFC 7396): what is left out stays, null sets back to the default (`rate_limit`: to none). What excludes another form takes its place: another `type` of `auth` or `payload`, another kind of `retry`, `batch.template` or `batch.script`. A new `secret` takes effect at once; to let the old one sign for a while longer, rotate it.
         *
         *     Needs a key with the scope `webhooks:write`.
         */
        patch: operations["changeWebhook"];
        trace?: never;
    };
    "/api/v1/webhooks/{id}/changes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List a webhook's changes
         * @description Newest first: who changed, tested or probed it, or read its secret. A customer in a portal is told of all others that they are operators.
         *
         *     Needs a key with the scope `webhooks:read`.
         */
        get: operations["listWebhookChanges"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List a webhook's deliveries
         * @description Newest first. Also those of a deleted webhook, and of those that had the id before: as long as retention keeps them.
         *
         *     Needs a key with the scope `deliveries:read`.
         */
        get: operations["listDeliveriesOfWebhook"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{id}/lane": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read how a webhook's lane stands
         * @description What its deliveries wait for, how many there are, and how its receiver does: the answer to "why does nothing arrive?".
         *
         *     Needs a key with the scope `deliveries:read`.
         */
        get: operations["readLane"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{id}/probe": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Probe a webhook
         * @description Sends one of the deliveries that it is owed now, past an open breaker, a pause that the receiver asked for and the delivery's own retry time. If the receiver takes it, the breaker closes and the others follow; read the delivery to see what came of it. Order and `rate_limit` hold. To a webhook that was disabled for failing a sample is sent, and if that arrives, the webhook is active again.
         *
         *     Needs a key with the scope `webhooks:write`.
         */
        post: operations["probeWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{id}/secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a webhook's secret
         * @description Who reads it is told in the audit trail.
         *
         *     Needs a key with the scope `secrets`.
         */
        get: operations["readWebhookSecret"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{id}/secret/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Rotate a webhook's secret
         * @description The new secret signs at once; the old one signs too until its grace time ends, so that receivers can change over without losing anything.
         *
         *     Needs a key with the scope `secrets`.
         */
        post: operations["rotateWebhookSecret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{id}/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read how a webhook did lately
         * @description Needs a key with the scope `deliveries:read`.
         */
        get: operations["readWebhookStats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a test
         * @description Sends a sample now, signed and with all of the webhook's settings, also to a paused or disabled webhook, and answers with the request and what came back. `timings` say how long each phase took, also the one that it did not get beyond, which `error` names. It is kept as a delivery with `test: true`, is listed with the others (`GET /webhooks/{id}/deliveries?test=true`), and can be replayed; it has no place in the webhook's lane and in no statistics, and never disables the webhook. If the receiver takes it, the webhook's breaker closes, a pause that the receiver asked for ends, and what is owed goes on. With `connect_only` it only tells whether the receiver can be reached, and keeps nothing.
         *
         *     Needs a key with the scope `webhooks:write`.
         */
        post: operations["testWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export interface webhooks {
    event: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * An event for a webhook
         * @description Sent to the webhook's URL for each event that it asked for, again and again by its retry schedule until it is answered with 2xx. These are the headers of the dialect `standard` (Standard Webhooks), the default; `hub`, `plain` and `timestamped` have their own. Verify the signature over the bytes as they came, before you read them. The same event can come twice: compare `webhook-id`.
         */
        post: operations["receiveEvent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export interface components {
    schemas: {
        /**
         * @description By what somebody was let in.
         * @enum {string}
         */
        ActorKind: "key" | "session" | "portal" | "owner" | "system" | "operator";
        /** @description A key, without its text. */
        ApiKey: {
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            expires_at?: string | null;
            /**
             * @description The key's first characters.
             * @example lhk_3kQv
             */
            hint: string;
            id: components["schemas"]["ApiKeyId"];
            /** @description The key itself, in the answer that makes it and nowhere else. */
            key?: string | null;
            /**
             * Format: date-time
             * @description When a request last showed it; null: never, or not since this is kept. After a crash it can be a minute behind.
             */
            last_used_at?: string | null;
            name: string;
            /** @description Null: the server's default. */
            rate_limit?: components["schemas"]["RateLimit"] | null;
            scopes: components["schemas"]["Scope"][];
            /** @description Whose key it is; null for an operator's. */
            tenant?: components["schemas"]["TenantId"] | null;
        };
        /**
         * @description The id of an API key, which is not the key itself.
         * @example key_06f3n1qk2v0g0
         */
        ApiKeyId: string;
        /** @description A key to be made. */
        ApiKeyInput: {
            /**
             * Format: date-time
             * @description After this it is refused.
             */
            expires_at?: string | null;
            /**
             * @description For people.
             * @example trading backend
             */
            name: string;
            /** @description How often it may call; otherwise the server's default. */
            rate_limit?: components["schemas"]["RateLimit"] | null;
            /**
             * @description What it permits: at most what the key permits that makes it.
             * @example [
             *       "events:write"
             *     ]
             */
            scopes: components["schemas"]["Scope"][];
            /** @description Whose key it is: by default the request's tenant; null makes an operator's key. Only an operator's key can say something else than its own tenant. */
            tenant?: components["schemas"]["TenantId"] | null;
        };
        /** @description One page of a list. */
        ApiKeyList: {
            /**
             * Format: int64
             * @description How many there are on all pages, where `count=true` asks for it: 10,000 at most.
             */
            count?: number | null;
            /** @description Whether there may be more than `count` says: 10,000 were looked at, and there are others. */
            count_is_capped?: boolean | null;
            /** @description What is on this page: fewer than `limit` also where more would be too large for one answer, and perhaps none where it is asked for by event type, since one page looks only so far: at 10,000, as a rule. */
            data: components["schemas"]["ApiKey"][];
            /** @description Whether there is a next page. */
            has_more: boolean;
            /** @description Give it as `cursor` for the next page; null on the last one. */
            next_cursor?: components["schemas"]["Cursor"] | null;
            /** @description Give it as `cursor` for the page before; null on the first one. */
            previous_cursor?: components["schemas"]["Cursor"] | null;
        };
        /**
         * @description A symbol or a sector. Spaces around it are taken off. No control characters.
         * @example AAPL
         */
        AssetName: string;
        /**
         * @description Which assets a webhook is about. Each list that is not empty must match; both empty is no condition.
         *
         *     - `symbols`: `data.symbol` is one of them, or `data.symbols` has one of them; as they are written or in capitals, so
         *       that `aapl` finds `AAPL`.
         *     - `sectors`: `data.sector` or `data.sectors` likewise; as they are written, in small letters, or `With Capitals`.
         */
        Assets: {
            /**
             * @description At most 1,000, of at most 64 characters.
             * @example [
             *       "technology"
             *     ]
             */
            sectors?: components["schemas"]["AssetName"][] | null;
            /**
             * @description At most 1,000, of at most 64 characters.
             * @example [
             *       "AAPL"
             *     ]
             */
            symbols?: components["schemas"]["AssetName"][] | null;
        };
        /** @description One request made for a delivery. */
        Attempt: components["schemas"]["Exchange"] & {
            /** @description The deliveries that the request carried together, if it was a batch. */
            batch?: components["schemas"]["DeliveryId"][];
            id: components["schemas"]["AttemptId"];
            /**
             * Format: int64
             * @description Counted from 1.
             */
            number: number;
            /**
             * Format: date-time
             * @description When what was sent and answered was deleted by `POST /attempts/{id}/scrub` or with its event, if it was.
             */
            scrubbed_at?: string | null;
        };
        /**
         * @description An attempt's id.
         * @example att_06f3n1qk2v0g0
         */
        AttemptId: string;
        /**
         * @description What was done. Before the dot stands of what kind its subject is.
         * @enum {string}
         */
        AuditAction: "webhook.created" | "webhook.changed" | "webhook.secret_rotated" | "webhook.secret_read" | "webhook.tested" | "webhook.probed" | "webhook.deleted" | "delivery.retried" | "delivery.replayed" | "delivery.cancelled" | "event.scrubbed" | "attempt.scrubbed" | "replay.begun" | "replay.stopped" | "tenant.created" | "tenant.changed" | "tenant.deleted" | "api_key.created" | "api_key.deleted" | "event_type.created" | "event_type.changed" | "event_type.deleted" | "saved_event.saved" | "saved_event.deleted" | "report.saved" | "report.deleted" | "theme.saved" | "theme.deleted" | "inspector.created" | "inspector.changed" | "inspector.emptied" | "inspector.deleted" | "link.created" | "session.begun" | "session.ended";
        /** @description Who did it, as a line tells it. */
        AuditActor: {
            /** @description The key, the session, or the server's job. Null where that is not shown. */
            id?: string | null;
            /** @description The API key that a session came from, or the key itself. */
            key?: string | null;
            /** @description By what they were let in. */
            kind: components["schemas"]["ActorKind"];
            /** @description That key's name. */
            name?: string | null;
            /** @description Whether it is an operator: of the server, by their key or at its command line. */
            operator: boolean;
        };
        /**
         * @description The id of a line of the audit trail.
         * @example aud_06f3n1qk2v0g0
         */
        AuditId: string;
        /** @description Who did what, when, from where. Of operators, others see only that they were operators. */
        AuditLine: {
            action: components["schemas"]["AuditAction"];
            actor: components["schemas"]["AuditActor"];
            /**
             * @description The network address that the request came from; null for the server's own deeds, and where it is not shown.
             * @example 192.0.2.7
             */
            address?: string | null;
            /** @description How it stands. */
            after?: unknown;
            /** Format: date-time */
            at: string;
            /** @description How it stood: of a change, the members that are otherwise after it. Credentials are `[redacted]`; what is long is told by its length and its SHA-256. */
            before?: unknown;
            /** @description This line's hash, for operators: that of its text in the export. */
            hash?: string | null;
            id: components["schemas"]["AuditId"];
            /** @description The hash of the line before it in the chain, for operators: SHA-256, in hex. */
            previous?: string | null;
            subject: components["schemas"]["AuditSubject"];
            /** @description Whose it is: the tenant's id then. Null for what belongs to all. */
            tenant?: string | null;
        };
        /** @description One page of a list. */
        AuditLineList: {
            /**
             * Format: int64
             * @description How many there are on all pages, where `count=true` asks for it: 10,000 at most.
             */
            count?: number | null;
            /** @description Whether there may be more than `count` says: 10,000 were looked at, and there are others. */
            count_is_capped?: boolean | null;
            /** @description What is on this page: fewer than `limit` also where more would be too large for one answer, and perhaps none where it is asked for by event type, since one page looks only so far: at 10,000, as a rule. */
            data: components["schemas"]["AuditLine"][];
            /** @description Whether there is a next page. */
            has_more: boolean;
            /** @description Give it as `cursor` for the next page; null on the last one. */
            next_cursor?: components["schemas"]["Cursor"] | null;
            /** @description Give it as `cursor` for the page before; null on the first one. */
            previous_cursor?: components["schemas"]["Cursor"] | null;
        };
        /** @description What it was done to. */
        AuditSubject: {
            /**
             * @description Its id, or its name.
             * @example user-42
             */
            id: string;
            /**
             * @description Like `webhook`.
             * @example webhook
             */
            kind: string;
        };
        /** @description How a request authenticates. */
        Auth: components["schemas"]["AuthNone"] | components["schemas"]["AuthBearer"] | components["schemas"]["AuthBasic"] | components["schemas"]["AuthHeader"];
        /**
         * Auth basic
         * @description `Authorization: Basic …` (RFC 7617)
         */
        AuthBasic: {
            password: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "basic";
            username: string;
        };
        /**
         * Auth bearer
         * @description `Authorization: Bearer <token>`
         */
        AuthBearer: {
            token: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "bearer";
        };
        /**
         * Auth header
         * @description A header of the receiver's own.
         */
        AuthHeader: {
            name: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "header";
            value: string;
        };
        /**
         * Auth none
         * @description It does not.
         */
        AuthNone: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "none";
        };
        /** @description Many events in one request. */
        Batch: {
            /**
             * @description Of events that are alike in this (`ordering_key`, `type`, or a field like `data.symbol`), only the newest of a batch is sent; the others are recorded as collapsed.
             * @example data.symbol
             */
            collapse?: string | null;
            /**
             * Format: int32
             * @description The body has at most so many bytes, unless a single event has more: 1 KiB to 8 MiB. What finds no room goes in the next batch. Where order is kept, a batch that is tried again goes whole, also if its payloads are longer by then, up to 16 MiB; beyond, the attempt fails. Default: `1048576`.
             */
            max_bytes?: number | null;
            /**
             * Format: int32
             * @description At most so many: 2 to 1,000. Default: `100`.
             */
            max_events?: number | null;
            /** @description How long an event waits for others, from when it was accepted: 0s to 1h. Default: `"1s"`. */
            max_wait?: null | components["schemas"]["BatchWait"];
            /**
             * @description One body for all of them, returned by this script's function `transform(batch)` (JavaScript, at most 64 KiB), or null for nothing to be sent. `batch.events` is a list of what a script of one event is given; beside it are `count`, `id`, `timestamp`. It stands in place of `payload` and `template`, and a platform takes what it returns.
             * @example function transform(batch) { return { text: `${batch.count} alerts` } }
             */
            script?: string | null;
            /**
             * @description One body for all of them, written by this template (JSON, at most 64 KiB) over `events`, a list of what a template of one event is given, and `count`, `id`, `timestamp`. It stands in place of `payload`, and a platform takes what it writes.
             * @example {"text": "{{ count }} alerts"}
             */
            template?: string | null;
        };
        /**
         * @description A length of time from `0s` to `1h`.
         * @example 1s
         */
        BatchWait: string;
        /** @description A body: as text if it is UTF-8. */
        Body: {
            content: string;
            encoding: components["schemas"]["BodyEncoding"];
        };
        /**
         * @description How a body is shown.
         * @enum {string}
         */
        BodyEncoding: "utf8" | "base64";
        /** @description One thing that a receiver of the old version may not expect. */
        Breakage: {
            /** @description How bad it is. */
            impact: components["schemas"]["Impact"];
            /** @description What can happen now that could not before. */
            message: string;
            /**
             * @description JSON pointer into the data; `*` stands for any item or any field that is not described.
             * @example /lines/*\/price
             */
            pointer: string;
        };
        /** @description A lane's breaker. It opens after ten failures in a row of a receiver that does not work. */
        Breaker: {
            state: components["schemas"]["BreakerWord"];
            /**
             * Format: date-time
             * @description Until when nothing is sent, while it is open.
             */
            until?: string | null;
        };
        /**
         * @description How a breaker stands.
         * @enum {string}
         */
        BreakerWord: "closed" | "open" | "half_open";
        /**
         * @description Why a delivery was cancelled.
         * @enum {string}
         */
        CancelReason: "by_request" | "webhook_disabled" | "webhook_deleted" | "skipped" | "collapsed";
        /**
         * @description What kind of receiver a platform is.
         * @enum {string}
         */
        Category: "chat" | "alerting" | "push" | "logs" | "automation" | "other";
        /** @description An event type after a change, and what the change means for receivers. */
        ChangedEventType: components["schemas"]["EventType"] & {
            /** @description What data of the newest version can hold that data of the version before could not, so that receivers who know only that one may fail. Empty: nothing breaks. */
            breaks: components["schemas"]["Breakage"][];
        };
        /**
         * @description How a CloudEvent is laid out (CloudEvents HTTP Protocol Binding, section 3).
         * @enum {string}
         */
        CloudEventsMode: "structured" | "binary";
        /**
         * @description What the publisher calls things that belong together: printable ASCII without spaces.
         * @example order-4711
         */
        CorrelationId: string;
        /**
         * @description Where a list goes on. What is in it is the server's affair.
         * @example d2ViaG9va3MgdXNlci00Mg
         */
        Cursor: string;
        /** @description One event owed to one webhook. */
        Delivery: {
            /**
             * Format: int64
             * @description Requests made so far.
             */
            attempt_count: number;
            /** @description Why it was cancelled, if it was. Null also for what was cancelled before this was kept. */
            cancel_reason?: components["schemas"]["CancelReason"] | null;
            /**
             * Format: date-time
             * @description When the event was accepted.
             */
            created_at: string;
            /** @description The event's id. */
            event: components["schemas"]["EventId"];
            event_type: components["schemas"]["EventTypeName"];
            /**
             * Format: date-time
             * @description When it was delivered, given up or cancelled.
             */
            finished_at?: string | null;
            id: components["schemas"]["DeliveryId"];
            /** @description What went wrong with the last attempt, if anything did; of a cancelled one, whether it was `skipped` by the webhook's script or `collapsed`, because a newer event of its key went in its place. */
            last_error?: components["schemas"]["FailureKind"] | null;
            /**
             * @description The same in a sentence.
             * @example the receiver answered 503 Service Unavailable
             */
            last_error_message?: string | null;
            /**
             * Format: int64
             * @description HTTP status of the last request, if it was answered.
             */
            last_status?: number | null;
            /** @description The `webhook-id` under which it is sent: its event's id, or its own where that was wished. */
            message_id: components["schemas"]["EventId"];
            /**
             * Format: date-time
             * @description When the next request can go at the earliest, while it is owed: never in the past. Null where that hangs on something without a time, such as a webhook that is paused.
             */
            next_attempt_at?: string | null;
            /** @description The replay of many deliveries that made it. */
            replay?: components["schemas"]["ReplayId"] | null;
            /** @description The delivery that it repeats, if it was made by a replay. */
            replay_of?: string | null;
            status: components["schemas"]["DeliveryStatus"];
            /**
             * @description What the event says, in a line of at most 160 characters: a headline, or its first texts and numbers, without what is named like a credential and without links. Null if there is nothing of this kind in the first 4 KiB of its data.
             * @example Price alert: AAPL $187.50 ▲ +2.36%
             */
            summary?: string | null;
            /** @description Whether it is a test of its webhook: sent at once by `POST /webhooks/{id}/test`. Tests count in no statistics. */
            test: boolean;
            /**
             * @description Where the webhook's deliveries go now, without credentials; null if it was deleted. The attempts say where each went.
             * @example https://example.com/hook
             */
            url?: string | null;
            /** @description What it waits for, while it is owed. */
            waits_for?: components["schemas"]["Wait"] | null;
            /** @description The webhook's id, also after it was deleted. */
            webhook: components["schemas"]["WebhookId"];
        };
        /** @description A delivery with everything that was tried. */
        DeliveryDetail: components["schemas"]["Delivery"] & {
            /** @description Oldest first. The bodies of them together are at most about 4 MiB; where there are more, the oldest have none and say `truncated`. */
            attempts: components["schemas"]["Attempt"][];
            /** @description The requests to come while it is owed, if each of them fails: by the webhook's retry schedule as it is now. After the last of them it is given up. */
            planned_attempts: components["schemas"]["PlannedAttempt"][];
            /** @description How many others failed as its last attempt did; null if that did not fail. */
            same_cause?: components["schemas"]["SameCause"] | null;
            /** @description How long the webhook's receiver took to answer in the last 24 hours; null if it did not. */
            usual?: components["schemas"]["Percentiles"] | null;
        };
        /** @description Why a request did not deliver. */
        DeliveryError: {
            kind: components["schemas"]["FailureKind"];
            /** @description A sentence. */
            message: string;
            /**
             * Format: int64
             * @description How long the receiver asked to be left alone.
             */
            retry_after_seconds?: number | null;
        };
        /** @description Deliveries with something in common. */
        DeliveryGroup: {
            /** Format: int64 */
            count: number;
            /** @description The type of their events, with `by=event_type`. */
            event_type?: components["schemas"]["EventTypeName"] | null;
            /** @description What went wrong with the last attempt of each: with `webhook`, what a retry or a replay takes to be about these and no others. Null where nothing was tried or nothing went wrong; such deliveries cannot be asked for by that. */
            failure?: components["schemas"]["FailureKind"] | null;
            /**
             * Format: date-time
             * @description When the first was accepted.
             */
            first_at: string;
            /**
             * Format: date-time
             * @description When the last was accepted.
             */
            last_at: string;
            /**
             * @description What went wrong with the last one.
             * @example the receiver answered 503 Service Unavailable
             */
            last_error_message?: string | null;
            /** @description Their webhook's id, also if it was deleted. Webhooks that had one id after another are told apart. */
            webhook: components["schemas"]["WebhookId"];
            /** @description Whether it was deleted: then they are sent no more. A rematch sends their events to the webhooks that there are. */
            webhook_deleted: boolean;
        };
        /** @description Deliveries by what they have in common. */
        DeliveryGroups: {
            /** @description The largest first, at most 250. */
            data: components["schemas"]["DeliveryGroup"][];
            /**
             * Format: int64
             * @description How many deliveries were looked at: the newest 10,000.
             */
            looked_at: number;
            /** @description Whether there are older ones, which are in no group here. */
            more: boolean;
            /** @description Whether there are more groups than are told. */
            more_groups: boolean;
        };
        /**
         * @description A delivery's id.
         * @example dlv_06f3n1qk2v0g0
         */
        DeliveryId: string;
        /** @description One page of a list. */
        DeliveryList: {
            /**
             * Format: int64
             * @description How many there are on all pages, where `count=true` asks for it: 10,000 at most.
             */
            count?: number | null;
            /** @description Whether there may be more than `count` says: 10,000 were looked at, and there are others. */
            count_is_capped?: boolean | null;
            /** @description What is on this page: fewer than `limit` also where more would be too large for one answer, and perhaps none where it is asked for by event type, since one page looks only so far: at 10,000, as a rule. */
            data: components["schemas"]["Delivery"][];
            /** @description Whether there is a next page. */
            has_more: boolean;
            /** @description Give it as `cursor` for the next page; null on the last one. */
            next_cursor?: components["schemas"]["Cursor"] | null;
            /** @description Give it as `cursor` for the page before; null on the first one. */
            previous_cursor?: components["schemas"]["Cursor"] | null;
        };
        /**
         * @description Where a delivery stands.
         * @enum {string}
         */
        DeliveryStatus: "pending" | "retrying" | "delivered" | "failed" | "cancelled" | "unknown";
        /**
         * @description By what sums are told apart besides time.
         * @enum {string}
         */
        Dimension: "event_type" | "webhook" | "tenant";
        /**
         * @description Why a webhook is disabled.
         * @enum {string}
         */
        DisableReason: "by_request" | "gone" | "consecutive_failures" | "failing_for_days";
        /**
         * @description What takes room on the disk.
         * @enum {string}
         */
        DiskKind: "events" | "deliveries" | "attempts" | "ids" | "statistics" | "webhooks" | "other" | "unused";
        /**
         * @description A length of time: a whole number and a unit, `ms`, `s`, `m`, `h` or `d`.
         * @example 30s
         */
        Duration: string;
        /** @description A field that is added to the data of events: a constant, or computed from the event. */
        Enrichment: {
            /** @description Only for events of these types; empty means all. */
            event_types?: components["schemas"]["EventTypePattern"][] | null;
            /**
             * @description An expression in Jinja2's syntax over the event (`id`, `type`, `timestamp`, `data`, …), like `data.price * data.quantity`. On events for which it cannot be computed, the field is not added.
             * @example data.price * data.quantity
             */
            expression?: string | null;
            /**
             * @description Its way in the data, parts separated by dots: `region`, `order.notional`. What is there already stays, unless `overwrite` is set.
             * @example notional
             */
            field: string;
            /** @description Replace what is there. */
            overwrite?: boolean | null;
            /** @description Any JSON, the same for all. */
            value?: unknown;
        };
        /**
         * @description Whether an event type is to be used.
         * @enum {string}
         */
        EntryStatus: "active" | "deprecated" | "archived";
        /** @description An event. */
        Event: {
            /**
             * Format: date-time
             * @description When it was accepted.
             */
            accepted_at: string;
            /** @description The publisher's id for what belongs together. */
            correlation_id?: components["schemas"]["CorrelationId"] | null;
            /** @description The caller's JSON, byte for byte, with the fields that the tenant adds. */
            data: unknown;
            /**
             * Format: int64
             * @description How many webhooks it was owed to.
             */
            deliveries: number;
            /**
             * Format: int64
             * @description How many of these are not listed yet: the deliveries of a large fan-out are made one slice after another, in the order of events.
             */
            deliveries_to_come: number;
            /** @description The caller's id, or a generated one. */
            id: components["schemas"]["EventId"];
            /** @description What its publisher wants to know of it again. */
            metadata?: components["schemas"]["EventMetadata"] | null;
            /** @description What keeps it in order. */
            ordering_key?: components["schemas"]["OrderingKey"] | null;
            /**
             * Format: date-time
             * @description When what it says was deleted by `POST /events/{id}/scrub`, if it was: `data` is null since.
             */
            scrubbed_at?: string | null;
            /** @description Where it comes from. */
            source?: components["schemas"]["EventSource"] | null;
            /** @description Whether it was made for a test of a webhook, and never published. */
            test: boolean;
            /**
             * Format: date-time
             * @description When it happened.
             */
            timestamp: string;
            /** @description The trace that it is part of. */
            traceparent?: components["schemas"]["TraceParent"] | null;
            /** @description What happened. */
            type: components["schemas"]["EventTypeName"];
            /**
             * Format: int64
             * @description Version of the type's schema that `data` follows, if the caller named one.
             */
            version?: number | null;
        };
        /**
         * @description An event's id, the caller's own or a generated one: printable ASCII without spaces, quotes, commas, slashes and dots.
         * @example evt_06f3n1qk2v0g0
         */
        EventId: string;
        /** @description An event as it is published. */
        EventInput: {
            /** @description Your id for what belongs together. Receivers get it in the header `X-Correlation-ID`. */
            correlation_id?: components["schemas"]["CorrelationId"] | null;
            /** @description Any JSON that everybody can read: at most 100 levels, numbers within a double's range, no half surrogate pairs. Receivers get it byte for byte. Of a name that is there twice in an object, filters and templates take the last. */
            data: unknown;
            /** @description The caller's own id: printable ASCII without spaces, quotes, `,`, `/`, `\` and `.`. Within 24 hours the same id with the same content, byte for byte, is the same event; with other content it is refused with 409. */
            id?: components["schemas"]["EventId"] | null;
            /** @description What you want to know of it again: up to 32 texts, numbers and truth values by name, 2 KiB in all. Filters and templates can ask for it; in CloudEvents they are extension attributes. */
            metadata?: components["schemas"]["EventMetadata"] | null;
            /** @description Events with the same key reach a webhook with `ordering: key` one after another. */
            ordering_key?: components["schemas"]["OrderingKey"] | null;
            /** @description Where it comes from, like `/billing`; the attribute `source` of CloudEvents. Filters can ask for it. */
            source?: components["schemas"]["EventSource"] | null;
            /**
             * Format: date-time
             * @description When it happened (RFC 3339); otherwise now.
             */
            timestamp?: string | null;
            /** @description The trace that the event is part of (W3C Trace Context); otherwise the request's header of this name. Receivers get it in the same header. */
            traceparent?: components["schemas"]["TraceParent"] | null;
            /** @description What happened: parts separated by dots. Types that begin with `lanehook.` are the server's own. */
            type: components["schemas"]["EventTypeName"];
            /**
             * Format: int64
             * @description Version of the type's schema that `data` follows.
             */
            version?: number | null;
        };
        /** @description One page of a list. */
        EventList: {
            /**
             * Format: int64
             * @description How many there are on all pages, where `count=true` asks for it: 10,000 at most.
             */
            count?: number | null;
            /** @description Whether there may be more than `count` says: 10,000 were looked at, and there are others. */
            count_is_capped?: boolean | null;
            /** @description What is on this page: fewer than `limit` also where more would be too large for one answer, and perhaps none where it is asked for by event type, since one page looks only so far: at 10,000, as a rule. */
            data: components["schemas"]["Event"][];
            /** @description Whether there is a next page. */
            has_more: boolean;
            /** @description Give it as `cursor` for the next page; null on the last one. */
            next_cursor?: components["schemas"]["Cursor"] | null;
            /** @description Give it as `cursor` for the page before; null on the first one. */
            previous_cursor?: components["schemas"]["Cursor"] | null;
        };
        /**
         * @description Texts, numbers and truth values by name: at most 32, of 2 KiB in all.
         * @example {
         *       "priority": 2,
         *       "region": "eu"
         *     }
         */
        EventMetadata: {
            [key: string]: string | number | boolean;
        };
        /**
         * @description Where an event comes from: a URI or a part of one.
         * @example /billing
         */
        EventSource: string;
        /** @description An event type of the catalogue. */
        EventType: components["schemas"]["EventTypeEntry"] & {
            /**
             * Format: int64
             * @description Grows with every change.
             */
            revision: number;
            /** Format: date-time */
            updated_at: string;
        };
        /** @description An event type as the catalogue keeps it. */
        EventTypeEntry: {
            /** @description When such an event happens, and what it tells. */
            description: string;
            /** @description Under which heading it is listed. */
            group: string;
            /** @description Its name, as events carry it. */
            name: components["schemas"]["EventTypeName"];
            /** @description Whether it is to be used. */
            status: components["schemas"]["EntryStatus"];
            /** @description Its name for people. */
            title?: string | null;
            /** @description Oldest first, at least one. */
            versions: components["schemas"]["SchemaVersion"][];
        };
        /** @description An event type as a caller writes it. */
        EventTypeInput: {
            /** @description For people; at most 2,000 characters. */
            description?: string | null;
            /** @description For listing: at most 64 letters, digits, `_`, `-`. Default: `"other"`. */
            group?: string | null;
            /** @description Letters, digits, `_` and `-`, in parts separated by dots; at most 128 characters. It can be left out where the URL says it. */
            name?: null | components["schemas"]["EventTypeName"];
            /** @description Whether it is to be used. */
            status?: null | components["schemas"]["EntryStatus"];
            /** @description For people; at most 200 characters. */
            title?: string | null;
            /** @description 1 to 100, each number once. */
            versions: components["schemas"]["SchemaVersionInput"][];
        };
        /** @description One page of a list. */
        EventTypeList: {
            /**
             * Format: int64
             * @description How many there are on all pages, where `count=true` asks for it: 10,000 at most.
             */
            count?: number | null;
            /** @description Whether there may be more than `count` says: 10,000 were looked at, and there are others. */
            count_is_capped?: boolean | null;
            /** @description What is on this page: fewer than `limit` also where more would be too large for one answer, and perhaps none where it is asked for by event type, since one page looks only so far: at 10,000, as a rule. */
            data: components["schemas"]["EventType"][];
            /** @description Whether there is a next page. */
            has_more: boolean;
            /** @description Give it as `cursor` for the next page; null on the last one. */
            next_cursor?: components["schemas"]["Cursor"] | null;
            /** @description Give it as `cursor` for the page before; null on the first one. */
            previous_cursor?: components["schemas"]["Cursor"] | null;
        };
        /**
         * @description What happened: letters, digits, `_` and `-`, in parts separated by dots.
         * @example price.alert
         */
        EventTypeName: string;
        /**
         * @description Types of events: a whole name (`price.alert`), how names begin (`price.*`, `price_*`), or `*` for all, which `all` means, too.
         * @example price.*
         */
        EventTypePattern: string;
        /** @description Several events in one request. */
        EventsInput: {
            /** @description 1 to 1,000. If one of them may not be kept, none is. */
            events: components["schemas"]["EventInput"][];
        };
        /** @description Everything seen of one request. */
        Exchange: {
            /** @description What went wrong, if anything did. */
            error?: components["schemas"]["DeliveryError"] | null;
            /**
             * @description What was odd about a request that the receiver has taken: its answer's body broke off, or the request went twice.
             * @example the connection broke off in the middle of the answer's body
             */
            remark?: string | null;
            /**
             * @description The address that was connected to.
             * @example 203.0.113.7:443
             */
            remote?: string | null;
            request: components["schemas"]["SentRequest"];
            /** @description What came back, if anything did. */
            response?: components["schemas"]["ReceivedResponse"] | null;
            /** Format: date-time */
            started_at: string;
            timings: components["schemas"]["Timings"];
        };
        /** @description A clause that did not hold: what was wanted, and what the event has. */
        FailedClause: {
            /** @description What is there; a list of what is found in a list on the way, if that is more than one. Left out if nothing is there. */
            found?: unknown;
            /**
             * @description As filters write it; `$in` of event types takes patterns.
             * @example $gte
             */
            operator: string;
            /**
             * @description JSON pointer into the event. A list on the way stands for each of its elements.
             * @example /data/price
             */
            path: string;
            /** @description Whether more was wanted or found than is told: of each there are about 500 bytes. */
            shortened: boolean;
            /** @description What the operator is given. */
            wanted: unknown;
        };
        /**
         * @description Why an attempt failed.
         * @enum {string}
         */
        FailureKind: "http" | "throttled" | "gone" | "refused" | "timeout" | "dns" | "connection" | "tls" | "protocol" | "blocked" | "settings" | "render" | "skipped" | "collapsed" | "unknown";
        /** @description Why tries failed. */
        Failures: {
            /**
             * Format: int64
             * @description Tries of deliveries.
             */
            attempts: number;
            /**
             * Format: int64
             * @description Tries that failed, those that were asked to wait (`throttled`) among them.
             */
            failed: number;
            /**
             * Format: date-time
             * @description The begin of the first span that was looked at, and the end of the last.
             */
            from: string;
            /** @description By kind, the most frequent first. */
            kinds: components["schemas"]["FailuresOfKind"][];
            /** Format: date-time */
            to: string;
        };
        /** @description Tries that failed in one way. */
        FailuresOfKind: {
            /** Format: int64 */
            count: number;
            /**
             * Format: date-time
             * @description The begins of the first and the last span in which it was seen.
             */
            first_seen: string;
            /** @description What it mostly means, and what to look at. */
            hint: string;
            kind: components["schemas"]["FailureKind"];
            /** Format: date-time */
            last_seen: string;
            /** @description Which webhooks have most of them, five at most, also deleted ones under the ids that they had; where an operator asks for all tenants, which tenants. Null where these are many and the time is long: 250,000 sums are looked at. */
            most_of?: components["schemas"]["FailuresOfOne"][] | null;
            /**
             * Format: double
             * @description Of the tries that failed: 0 to 1.
             */
            share: number;
        };
        /** @description One webhook's or tenant's part. */
        FailuresOfOne: {
            /** Format: int64 */
            count: number;
            tenant?: components["schemas"]["TenantId"] | null;
            webhook?: components["schemas"]["WebhookId"] | null;
        };
        /** @description One wrong field. */
        FieldError: {
            /** @description What is wrong, and how to mend it. */
            message: string;
            /**
             * @description JSON pointer to the field; empty for the whole document.
             * @example /url
             */
            pointer: string;
        };
        /**
         * @description A condition on an event: fields with values or operators (`$gte`, `$in`, `$regex`, …), and `$and`, `$or`, `$not`.
         * @example {
         *       "data": {
         *         "price": {
         *           "$gte": 180
         *         },
         *         "symbol": {
         *           "$in": [
         *             "ACME"
         *           ]
         *         }
         *       }
         *     }
         */
        Filter: {
            [key: string]: unknown;
        };
        /** @description What of the last events would have matched. */
        FilterTrial: {
            /** @description Whether as many were looked at as were asked for, or all that there are. Otherwise it would have taken too long. */
            complete: boolean;
            /**
             * Format: date-time
             * @description When the oldest of them was accepted.
             */
            from?: string | null;
            /**
             * Format: int64
             * @description How many events were looked at, the newest first.
             */
            looked_at: number;
            /**
             * Format: int64
             * @description How many of them match.
             */
            matched: number;
            /** @description The newest that match, at most 10. */
            matching: components["schemas"]["TriedEvent"][];
            /** @description The newest that do not, at most 10, each with the reason. */
            not_matching: components["schemas"]["TriedEvent"][];
            /**
             * Format: date-time
             * @description When the newest of them was accepted.
             */
            to?: string | null;
            /**
             * @description Of each of them whether it matches, the newest first.
             * @example [
             *       true,
             *       false,
             *       true
             *     ]
             */
            verdicts: boolean[];
            /** @description What is hardly meant, as the answer says it that saves such a webhook. Left out if there is nothing. */
            warnings?: components["schemas"]["FieldError"][];
        };
        /**
         * @description A length of time from `0s` to `30d`.
         * @example 24h
         */
        GraceTime: string;
        /**
         * @description How long the spans are that are summed up.
         * @enum {string}
         */
        Granularity: "minute" | "hour" | "day";
        /** @description A header; names can repeat. */
        Header: {
            name: string;
            value: string;
        };
        /** @description How a webhook's receiver does. That is found out anew every few seconds, from what its lane waits for and how the tries of the last 15 minutes came out. */
        Health: {
            /**
             * @description What is the matter, in words; null if nothing is.
             * @example 12 attempts in a row failed; now and then one is sent to see whether it works again
             */
            reason?: string | null;
            /**
             * Format: date-time
             * @description Since when it is in trouble, paused or disabled. After a restart, trouble can be told to have begun later than it did. Null if it is healthy, and where it was paused or disabled before that was noted.
             */
            since?: string | null;
            /** @description *failing*: stopped by failures, or nothing was delivered for 5 minutes though something was due. *degraded*: the receiver asks to wait, or more than 2 % of the tries of the last 15 minutes failed, or the last try failed before that, or something is due for over a minute. */
            state: components["schemas"]["HealthState"];
        };
        /**
         * @description How a webhook does, also one that is delivered to no more. From the worst.
         * @enum {string}
         */
        HealthState: "failing" | "degraded" | "paused" | "healthy" | "disabled";
        /**
         * @description Makes a request safe to repeat: visible ASCII characters.
         * @example order-4711-filled
         */
        IdempotencyKey: string;
        /**
         * @description How bad it is for a receiver.
         * @enum {string}
         */
        Impact: "breaks" | "loosens";
        /** @description Where event types come from: exactly one of these. */
        Import: {
            /** @description Event types as PUT takes them, each with its `name`. */
            event_types?: components["schemas"]["EventTypeInput"][] | null;
            /** @description An OpenAPI document with `webhooks` (3.1) or `x-webhooks`. Null is taken, too, for none. */
            openapi?: {
                [key: string]: unknown;
            };
            /** @description The name of a pack that comes with lanehook: `market`, `portfolio`, `benchmark`, `memory`. */
            pack?: string | null;
            /** @description Replace event types that are there already; otherwise they stay. */
            replace?: boolean | null;
        };
        /** @description What an import did. */
        Imported: {
            /** @description These are new. */
            created: components["schemas"]["EventTypeName"][];
            /** @description These were replaced. */
            replaced: components["schemas"]["EventTypeName"][];
            /** @description These were there, and stayed as they were. */
            unchanged: components["schemas"]["EventTypeName"][];
        };
        /** @description What an inspector answered. */
        InspectedAnswer: {
            /** Format: date-time */
            at: string;
            body: string;
            headers: components["schemas"]["Header"][];
            /** Format: int64 */
            status: number;
        };
        /** @description A request that an inspector got. */
        InspectedRequest: {
            /** @description What it was answered with. Null while it waits, and where nobody waited for the answer. */
            answer?: components["schemas"]["InspectedAnswer"] | null;
            /** @description At most 64 KiB of it. */
            body: components["schemas"]["Body"];
            /** @description The delivery that it is an attempt of. */
            delivery?: components["schemas"]["DeliveryId"] | null;
            /**
             * @description The address of who sent it from outside.
             * @example 203.0.113.7
             */
            from?: string | null;
            /** @description How long who sent it waited, where the answer would have come later. */
            gave_up_after?: components["schemas"]["Timeout"] | null;
            /** @description At most 32 KiB of them, without credentials. */
            headers: components["schemas"]["Header"][];
            method: string;
            /**
             * Format: int64
             * @description Counts the inspector's requests from 1 on.
             */
            number: number;
            /** @description What follows the inspector's id in the URL, with its query. What looks like a credential is left out. */
            path: string;
            /** Format: date-time */
            received_at: string;
            signature: components["schemas"]["InspectedSignature"];
            /** @description Bytes of the whole body. */
            size: number;
            /** @description Whether the body went on after what is shown. */
            truncated: boolean;
            /** @description Who sent it; null for one from outside, and for one that asks whether a webhook may be. */
            webhook?: components["schemas"]["WebhookId"] | null;
        };
        /** @description One page of a list. */
        InspectedRequestList: {
            /**
             * Format: int64
             * @description How many there are on all pages, where `count=true` asks for it: 10,000 at most.
             */
            count?: number | null;
            /** @description Whether there may be more than `count` says: 10,000 were looked at, and there are others. */
            count_is_capped?: boolean | null;
            /** @description What is on this page: fewer than `limit` also where more would be too large for one answer, and perhaps none where it is asked for by event type, since one page looks only so far: at 10,000, as a rule. */
            data: components["schemas"]["InspectedRequest"][];
            /** @description Whether there is a next page. */
            has_more: boolean;
            /** @description Give it as `cursor` for the next page; null on the last one. */
            next_cursor?: components["schemas"]["Cursor"] | null;
            /** @description Give it as `cursor` for the page before; null on the first one. */
            previous_cursor?: components["schemas"]["Cursor"] | null;
        };
        /** @description What was found out about a request's signatures. */
        InspectedSignature: {
            /** @description Why it is not verified. */
            reason?: string | null;
            /** @description By which of the webhook's secrets each of its dialects can be verified; while one is being rotated, by both. */
            secrets: components["schemas"]["SecretView"][];
            state: components["schemas"]["SignatureState"];
        };
        /** @description A receiver of one's own, in the server. */
        Inspector: {
            /** @description The answer's body. */
            body: string;
            /** Format: date-time */
            created_at: string;
            /** @description How long it waits before it answers. */
            delay: components["schemas"]["Duration"];
            /**
             * Format: date-time
             * @description When it is forgotten, if until then nothing comes and nobody looks at it or changes it.
             */
            expires_at: string;
            /**
             * Format: int64
             * @description Requests that came and had to make way since it was last emptied: for newer ones, or for want of memory.
             */
            forgotten_count: number;
            /** @description Headers of the answer, by their names in lower case. */
            headers: {
                [key: string]: string;
            };
            id: components["schemas"]["InspectorId"];
            /**
             * Format: date-time
             * @description When the last of those that it keeps came.
             */
            last_request_at?: string | null;
            /** @description For people. */
            name: string;
            /** @description Where anybody can send to it over HTTP; null unless the server's setting `inspect_public` permits that. Without the server's setting `public_url` it is a path of this server. */
            public_url?: string | null;
            /** @description Requests that it keeps: 100 at most. */
            request_count: number;
            /**
             * Format: int64
             * @description The status that it answers.
             */
            status: number;
            /**
             * @description What a webhook of the same tenant has as its `url`, with a path and query behind it if wanted.
             * @example lanehook://inspect/ins_06f3n1qk2v0g006f3n1qk2v0g0
             */
            url: string;
        };
        /**
         * @description An inspector's id.
         * @example ins_06f3n1qk2v0g006f3n1qk2v0g0
         */
        InspectorId: string;
        /** @description What an inspector is to answer. What is left out is as before; of a new one: 200 at once, without a body. */
        InspectorInput: {
            /**
             * @description The answer's body: at most 16 KiB. Without a `content-type` it is text.
             * @example ok
             */
            body?: string | null;
            /** @description How long it waits before it answers: at most `2m`. What is longer than a webhook's `timeout` fails as that. */
            delay?: null | components["schemas"]["Duration"];
            /**
             * @description Headers of the answer, all of them: at most 16, of 4 KiB in all. Null is taken, too, for none.
             * @example {
             *       "Retry-After": "30"
             *     }
             */
            headers?: {
                [key: string]: string;
            };
            /**
             * @description For people: up to 100 characters.
             * @example slow one
             */
            name?: string | null;
            /**
             * Format: int32
             * @description The status that it answers.
             * @example 503
             */
            status?: number | null;
        };
        /** @description One page of a list. */
        InspectorList: {
            /**
             * Format: int64
             * @description How many there are on all pages, where `count=true` asks for it: 10,000 at most.
             */
            count?: number | null;
            /** @description Whether there may be more than `count` says: 10,000 were looked at, and there are others. */
            count_is_capped?: boolean | null;
            /** @description What is on this page: fewer than `limit` also where more would be too large for one answer, and perhaps none where it is asked for by event type, since one page looks only so far: at 10,000, as a rule. */
            data: components["schemas"]["Inspector"][];
            /** @description Whether there is a next page. */
            has_more: boolean;
            /** @description Give it as `cursor` for the next page; null on the last one. */
            next_cursor?: components["schemas"]["Cursor"] | null;
            /** @description Give it as `cursor` for the page before; null on the first one. */
            previous_cursor?: components["schemas"]["Cursor"] | null;
        };
        /**
         * @description A platform that this version knows. `GET /api/v1/platforms` tells more of each.
         * @enum {string}
         */
        KnownPlatform: "custom" | "datadog" | "dingtalk" | "discord" | "feishu" | "googlechat" | "gotify" | "ifttt" | "incident_io" | "jira_service_management" | "make" | "matrix" | "mattermost" | "n8n" | "ntfy" | "opsgenie" | "pagerduty" | "pushover" | "rocketchat" | "slack" | "splunk" | "splunk_oncall" | "teams" | "telegram" | "webex" | "wecom" | "zapier" | "zulip";
        /** @description How a webhook's lane stands. */
        Lane: {
            breaker: components["schemas"]["Breaker"];
            /** @description How many there may be at one time now: `max_concurrency`, and fewer after timeouts, 429 and 5xx, or while the server is short of places for requests. */
            concurrency_limit: number;
            /**
             * Format: int64
             * @description Failed attempts since the last success.
             */
            consecutive_failures: number;
            /**
             * Format: int64
             * @description About how long it takes to send what is owed, if nothing is added: by how long the last requests took, as many at a time as `concurrency_limit`, and no faster than `rate_limit`. Null where nobody can know: while it fails, is paused or disabled, or before the first answer.
             * @example 3
             */
            drains_in_seconds?: number | null;
            /**
             * Format: date-time
             * @description When the run of failures began.
             */
            failing_since?: string | null;
            /** @description Requests that are under way. */
            in_flight: number;
            /** @description Whether more are owed than `owed` says. */
            more_owed: boolean;
            /**
             * Format: date-time
             * @description When the event of the oldest was accepted.
             */
            oldest_owed_at?: string | null;
            /**
             * Format: int64
             * @description How many deliveries are owed: pending or retrying. Counted up to 100,000.
             * @example 12
             */
            owed: number;
            /**
             * Format: date-time
             * @description Until when the receiver asked to be left alone, by 429 or by 503 with `Retry-After`.
             */
            paused_until?: string | null;
            /** @description What is left of the webhook's `rate_limit`; null if it has none. */
            rate?: components["schemas"]["LaneRate"] | null;
            /** @description What its next delivery waits for; null if it is owed nothing, or nothing keeps it. */
            waits_for?: components["schemas"]["Wait"] | null;
        };
        /** @description What is left of a rate limit. */
        LaneRate: {
            /** @description Requests that may go now. A limit above 1,000 is spread over parts of its span, and this is what is left of such a part. */
            left: number;
            /**
             * Format: int64
             * @description As the webhook has it: at most so many in each `per`.
             */
            limit: number;
            /**
             * Format: date-time
             * @description When the next may go.
             */
            next_at: string;
            per: components["schemas"]["RateUnit"];
        };
        /** @description How the last day was. */
        Lately: {
            /** @description The last 24 hours in half-hours: the last is the present one. */
            half_hours: components["schemas"]["Strip"];
            /** @description The last 24 hours, this minute included. */
            last_24h: components["schemas"]["Sums"];
            /** @description The last 60 minutes, one by one: the last is the present one. */
            minutes: components["schemas"]["Strip"];
        };
        /** @description What came of an attempt. */
        LiveAttempt: {
            /** @description What went wrong, if anything did. */
            error?: components["schemas"]["FailureKind"] | null;
            id: components["schemas"]["AttemptId"];
            /** Format: date-time */
            started_at: string;
            /**
             * Format: int64
             * @description HTTP status, if it was answered.
             */
            status?: number | null;
            /** Format: double */
            took_ms: number;
        };
        /** @description `event: delivery`: a delivery is owed, or was tried, or stands otherwise. */
        LiveDelivery: {
            /** @description The attempt by which it came to that, if it was one that has just ended. */
            attempt?: components["schemas"]["LiveAttempt"] | null;
            /** Format: int64 */
            attempt_count: number;
            cancel_reason?: components["schemas"]["CancelReason"] | null;
            event: components["schemas"]["EventId"];
            /** @description Null where retention has deleted the event. */
            event_type?: components["schemas"]["EventTypeName"] | null;
            id: components["schemas"]["DeliveryId"];
            /**
             * Format: date-time
             * @description When the next attempt is due, while it is retrying.
             */
            next_attempt_at?: string | null;
            status: components["schemas"]["DeliveryStatus"];
            /** @description Whether it is a test of its webhook. */
            test: boolean;
            /** @description Null where the webhook is gone with all that was kept of it. */
            webhook?: components["schemas"]["WebhookId"] | null;
        };
        /** @description `event: end`: nothing more comes. */
        LiveEnd: {
            reason: components["schemas"]["LiveEndReason"];
        };
        /**
         * @description Why nothing more comes.
         * @enum {string}
         */
        LiveEndReason: "stopping" | "key_revoked";
        /** @description `event: event`: an event was accepted. */
        LiveEvent: {
            /**
             * Format: int64
             * @description To how many webhooks it is owed.
             */
            deliveries: number;
            id: components["schemas"]["EventId"];
            type: components["schemas"]["EventTypeName"];
        };
        /** @description `event: health`: a webhook does better or worse. */
        LiveHealth: {
            health: components["schemas"]["Health"];
            id: components["schemas"]["WebhookId"];
        };
        /** @description `event: inspector`: a request came to an inspector, or was answered. */
        LiveInspector: {
            /** @description Whether the webhook's timeout was over before the answer. */
            gave_up: boolean;
            id: components["schemas"]["InspectorId"];
            method: string;
            /** @description The first 200 characters of the path with its query. */
            path: string;
            /**
             * Format: int64
             * @description The request's `number` in `GET /inspectors/{id}/requests`.
             */
            request: number;
            /**
             * Format: int64
             * @description What it was answered with; null before that.
             */
            status?: number | null;
            /** @description Who sent it; null if no webhook did that is saved. */
            webhook?: components["schemas"]["WebhookId"] | null;
        };
        /** @description `event: missed`: there was more than is told. */
        LiveMissed: {
            /**
             * Format: int64
             * @description How much happened to the tenant that the reader was too slow for, before filters; null where that is not known.
             */
            count?: number | null;
            /** @description What is missing, in words. */
            message: string;
            /**
             * Format: date-time
             * @description Since when something may be missing; null where `count` says how much.
             */
            since?: string | null;
        };
        /** @description `event: webhook`: a webhook was made, changed or deleted. */
        LiveWebhook: {
            change: components["schemas"]["LiveWebhookChange"];
            disabled_reason?: components["schemas"]["DisableReason"] | null;
            id: components["schemas"]["WebhookId"];
            status: components["schemas"]["Status"];
        };
        /**
         * @description What was done to a webhook.
         * @enum {string}
         */
        LiveWebhookChange: "created" | "changed" | "deleted";
        /**
         * @description `name@example.com`: what RFC 5321 (4.1.2) writes without quotes, in ASCII, at a host with a name. So nothing in it can end a header or a command, or name a second mailbox.
         * @example on-call@example.com
         */
        MailAddress: string;
        /**
         * @description Whether mail is sent, and who may say where to.
         * @enum {string}
         */
        MailPermission: "off" | "operators" | "everybody";
        /** @description Which deliveries something is done with, and how fast. */
        ManyInput: {
            /** @description Only tells how many there are. */
            dry_run?: boolean | null;
            /** @description Only of events of these types, written as a webhook's. */
            event_types?: components["schemas"]["EventTypePattern"][] | null;
            /** @description Only those of which the last attempt failed so. */
            failures?: components["schemas"]["FailureKind"][] | null;
            /**
             * Format: date-time
             * @description Only what was accepted at or after this time.
             */
            from?: string | null;
            /** @description How many in which time; otherwise as fast as it goes. */
            rate?: components["schemas"]["RateLimit"] | null;
            /** @description Only those in one of these statuses. Of those to retry: `failed` by default, `retrying`, `cancelled`; of those to cancel: `pending` and `retrying`, by default both. */
            statuses?: components["schemas"]["DeliveryStatus"][] | null;
            /**
             * Format: date-time
             * @description Only what was accepted before this time.
             */
            to?: string | null;
            /** @description Only of the webhook with this id that there is now. */
            webhook?: null | components["schemas"]["WebhookId"];
        };
        /** @description Why an event is not for a webhook. */
        Mismatch: {
            /** @description The clause that says no. Several are alternatives, of which one would have had to hold. Of a webhook that is disabled there is none. */
            clauses: components["schemas"]["FailedClause"][];
            /** @description Whether there are more alternatives than are told. */
            more: boolean;
            /** @description Which of the webhook's settings says no. They are asked in this order: status, types, assets, filter. */
            reason: components["schemas"]["MismatchReason"];
        };
        /**
         * @description What of a webhook says no to an event.
         * @enum {string}
         */
        MismatchReason: "disabled" | "event_types" | "assets" | "filter";
        /** @description A webhook, by its names. */
        NamedWebhook: {
            id: components["schemas"]["WebhookId"];
            name: string;
            /** @description Whose it is, where an operator asks for all tenants. */
            tenant?: components["schemas"]["TenantId"] | null;
            /** @description Where requests go. Where a platform has credentials in its URLs, they are shown as `…`. */
            url: string;
        };
        /** @description When a tenant is told of what happens to it, and where besides its webhooks. What is null is as the server's settings say. */
        NoticeSettings: {
            /**
             * @description A webhook that is failing is told of when it has been so for this long, at most a day (`notices.failing_after` of the server).
             * @example 5m
             */
            failing_after?: string | null;
            /**
             * Format: int32
             * @description A webhook is failing, too, when so many hundredths of at least ten tries of the last 15 minutes failed (`notices.failure_share`).
             * @example 50
             */
            failure_share?: number | null;
            /**
             * @description `lanehook.key.expiring` is told so long before: from `1h` to `90d` (`notices.key_expires`).
             * @example 7d
             */
            key_expires?: string | null;
            /** @description Where notices are mailed to, if the server sends mail (`smtp.host`). */
            mail_to?: components["schemas"]["MailAddress"][] | null;
            /**
             * @description A webhook is failing, too, when something that is due has waited for so long: from `1m` to `7d` (`notices.oldest_due`).
             * @example 10m
             */
            oldest_due?: string | null;
            /**
             * Format: int32
             * @description `lanehook.quota.near` is told from so many hundredths of a quota on (`notices.quota_near`).
             * @example 80
             */
            quota_near?: number | null;
        };
        /** @description When a tenant is told of what happens to it, and where. What is null is as the server's settings say. */
        NoticeSettingsInForce: {
            /** @example 5m */
            failing_after?: string | null;
            /** Format: int64 */
            failure_share?: number | null;
            /** @description What holds: what the tenant says, otherwise what the server's settings say. */
            in_force: components["schemas"]["Thresholds"];
            /** @example 7d */
            key_expires?: string | null;
            /** @description Whether this server sends mail, and whether the tenant's own keys may say where to. */
            mail: components["schemas"]["MailPermission"];
            /** @description Where notices are mailed to. */
            mail_to: components["schemas"]["MailAddress"][];
            /** @example 10m */
            oldest_due?: string | null;
            /** Format: int64 */
            quota_near?: number | null;
        };
        /**
         * @description In which order deliveries go out.
         * @enum {string}
         */
        Ordering: "none" | "key" | "strict";
        /**
         * @description What is kept in order: an account, an order, a symbol. No control characters.
         * @example ACME
         */
        OrderingKey: string;
        /** @description How everything is at a look. */
        Overview: components["schemas"]["Lately"] & {
            /**
             * Format: date-time
             * @description Of which moment.
             */
            at: string;
            /** @description The webhooks in trouble, the worst first: ten at most. */
            in_trouble: components["schemas"]["TroubledWebhook"][];
            /** @description What was counted in the last 60 minutes, the present one included. */
            last_hour: components["schemas"]["Sums"];
            /** @description What is owed: pending, or waiting for a retry. */
            owed: components["schemas"]["OwedDeliveries"];
            /** @description How many webhooks are in which state. */
            webhooks: components["schemas"]["WebhookCounts"];
        };
        /** @description What is owed. */
        OwedDeliveries: {
            /**
             * Format: int64
             * @description Deliveries.
             */
            count: number;
            /**
             * Format: date-time
             * @description When the oldest was accepted that is owed to a webhook which is neither paused nor disabled, as it was some seconds ago; null if there was none.
             */
            oldest_at?: string | null;
            /** @description To which webhook it is owed. */
            oldest_of?: components["schemas"]["NamedWebhook"] | null;
        };
        /** @description A delivery of the event. */
        OwnDelivery: {
            id: components["schemas"]["DeliveryId"];
            status: components["schemas"]["DeliveryStatus"];
        };
        /** @description The body of a request. */
        Payload: components["schemas"]["PayloadStandard"] | components["schemas"]["PayloadPlain"] | components["schemas"]["PayloadData"] | components["schemas"]["PayloadCloudevents"] | components["schemas"]["PayloadForm"] | components["schemas"]["PayloadTemplate"] | components["schemas"]["PayloadJavascript"];
        /**
         * Payload cloudevents
         * @description CloudEvents 1.0 over HTTP.
         */
        PayloadCloudevents: {
            /** @description Ask the receiver for permission with OPTIONS before the webhook is saved, and keep to the rate that it allows (CloudEvents "HTTP 1.1 Web Hooks", section 4). */
            handshake?: boolean | null;
            /** @description One JSON document, or attributes in `ce-` headers and the data as the body. */
            mode?: null | components["schemas"]["CloudEventsMode"];
            /** @description The attribute `source`, a URI reference of at most 512 characters; otherwise `/lanehook`. */
            source?: string | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "cloudevents";
        };
        /**
         * Payload data
         * @description The event's `data` and nothing else.
         */
        PayloadData: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "data";
        };
        /**
         * Payload form
         * @description `application/x-www-form-urlencoded`: `id`, `type`, `timestamp` and `data[…]`.
         */
        PayloadForm: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "form";
        };
        /**
         * @description How a payload is written.
         * @enum {string}
         */
        PayloadFormat: "json" | "form";
        /**
         * Payload javascript
         * @description A function `transform(event)` that returns the payload, or null for nothing to be sent.
         */
        PayloadJavascript: {
            /** @description At most 64 KiB. */
            code: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "javascript";
        };
        /**
         * Payload plain
         * @description `{"id", "event", "timestamp", "data", "signature"}`; the signature is `sha256=<hex>` (or `sha512=`) over the same object without it, and null without a secret.
         */
        PayloadPlain: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "plain";
        };
        /**
         * Payload standard
         * @description `{"id", "type", "timestamp", "data"}`, as Standard Webhooks recommends.
         */
        PayloadStandard: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "standard";
        };
        /**
         * Payload template
         * @description A template in Jinja2's syntax over the event: `{"text": "{{ data.symbol }} is at {{ data.price }}"}`.
         */
        PayloadTemplate: {
            /** @description The `Content-Type` of `text`; otherwise `text/plain; charset=utf-8`. */
            content_type?: string | null;
            /** @description What the template makes. */
            format?: null | components["schemas"]["TemplateFormat"];
            /** @description How the members of `data` are named. */
            names?: null | components["schemas"]["TemplateNames"];
            /** @description At most 64 KiB. What is undefined is an error; inside of JSON, values are escaped as it needs. */
            template: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "template";
        };
        /** @description Within how many milliseconds half of them were done, and so on. Read from a histogram: at most 10 % beside the truth. */
        Percentiles: {
            /**
             * Format: int64
             * @description How many were measured.
             */
            count: number;
            /** Format: double */
            p50_ms: number;
            /** Format: double */
            p90_ms: number;
            /** Format: double */
            p95_ms: number;
            /** Format: double */
            p99_ms: number;
        };
        /** @description How long the phases of requests took. */
        Phases: {
            connect?: components["schemas"]["Percentiles"] | null;
            dns?: components["schemas"]["Percentiles"] | null;
            first_byte?: components["schemas"]["Percentiles"] | null;
            tls?: components["schemas"]["Percentiles"] | null;
        };
        /** @description A request that is planned. */
        PlannedAttempt: {
            /**
             * Format: date-time
             * @description When it is due: the next as it is due now, each further one as long after that as the schedule says, before jitter. Null where the next hangs on something without a time, such as a webhook that is paused.
             */
            at?: string | null;
            /**
             * Format: int64
             * @description Counted from 1, with those that were made.
             */
            number: number;
        };
        /** @description A preset for a known receiver. */
        Platform: {
            category: components["schemas"]["Category"];
            /**
             * @description Its colour.
             * @example #4a154b
             */
            color: string;
            /** @description What comes of an event there. */
            description: string;
            /** @description Where the platform describes what is used here. */
            documentation: string;
            /** @description What goes into a webhook's `fields`. */
            fields: components["schemas"]["PlatformField"][];
            /** @description A character that stands for it. */
            icon: string;
            /** @description Its name in a webhook's `platform`. */
            id: components["schemas"]["PlatformId"];
            method: components["schemas"]["SendMethod"];
            /** @example Slack */
            name: string;
            payload_format: components["schemas"]["PayloadFormat"];
            /** @description What it takes in a time. A webhook that sets no `rate_limit` is held to it. */
            rate_limit?: components["schemas"]["RateLimit"] | null;
            /** @description What to do to connect it, step by step. */
            setup: string[];
            /** @description Which events it is fit for. */
            supported_events: components["schemas"]["EventTypePattern"][];
            /** @description Its payload: a template over `id`, `type`, `timestamp`, `data`, `card`, `fields` and `webhook`. Null: the webhook's own payload settings apply. */
            template?: string | null;
            /** @description What its URLs look like. */
            url: components["schemas"]["PlatformUrl"];
        };
        /** @description Something to fill in. */
        PlatformField: {
            default?: string | null;
            description: string;
            id: string;
            /** @description A regular expression that it must match, from its first character to its last. */
            pattern?: string | null;
            required: boolean;
            /** @description It is a credential: kept sealed, and never shown again. */
            secret: boolean;
            title: string;
        };
        /**
         * @description A platform's name, as `GET /api/v1/platforms` lists them.
         * @example slack
         */
        PlatformId: string;
        /** @description One page of a list. */
        PlatformList: {
            /**
             * Format: int64
             * @description How many there are on all pages, where `count=true` asks for it: 10,000 at most.
             */
            count?: number | null;
            /** @description Whether there may be more than `count` says: 10,000 were looked at, and there are others. */
            count_is_capped?: boolean | null;
            /** @description What is on this page: fewer than `limit` also where more would be too large for one answer, and perhaps none where it is asked for by event type, since one page looks only so far: at 10,000, as a rule. */
            data: components["schemas"]["Platform"][];
            /** @description Whether there is a next page. */
            has_more: boolean;
            /** @description Give it as `cursor` for the next page; null on the last one. */
            next_cursor?: components["schemas"]["Cursor"] | null;
            /** @description Give it as `cursor` for the page before; null on the first one. */
            previous_cursor?: components["schemas"]["Cursor"] | null;
        };
        /** @description What a platform's URLs look like. */
        PlatformUrl: {
            example: string;
            /** @description A regular expression that the host must match, from its first character to its last. Null: any. */
            host?: string | null;
            /** @description Whether a webhook can leave its `url` out, because the address is fixed or made of the fields. */
            optional: boolean;
            /** @description The same for the path. */
            path?: string | null;
        };
        /**
         * @description What a customer may do in the portal.
         * @enum {string}
         */
        PortalAccess: "read" | "manage";
        /** @description A link that opens the portal once. */
        PortalLink: {
            /**
             * Format: date-time
             * @description After this it cannot be opened.
             */
            expires_at: string;
            /**
             * Format: int64
             * @description How long the session lasts.
             */
            session_seconds: number;
            /**
             * @description Where to send the customer, or what to show in a frame. It works once.
             * @example https://hooks.example.com/portal?link=ses_06f3n1qk2v0g0.5e884898da280471#lhl_…
             */
            url: string;
        };
        /** @description A link to be made. */
        PortalLinkInput: {
            /** @description Whether the customer may change webhooks and send deliveries again, or only look. */
            access?: null | components["schemas"]["PortalAccess"];
            /** @description For how long the link can be opened: at most `1d`. Default: `"5m"`. */
            expires_in?: components["schemas"]["Duration"] | null;
            /**
             * @description Origins of the pages that may show the portal in a frame, at most ten, like `https://app.example.com`. With none it opens in a tab of its own only.
             * @example [
             *       "https://app.example.com"
             *     ]
             */
            origins?: string[] | null;
            /** @description How long the session lasts that it begins: at most `30d`. Default: `"1h"`. */
            session?: components["schemas"]["Duration"] | null;
        };
        /**
         * @description A schedule with a name.
         * @enum {string}
         */
        Preset: "default" | "quick" | "short" | "none";
        /** @description What would be sent. */
        Preview: {
            /** @description Why there is none. */
            error?: components["schemas"]["PreviewError"] | null;
            /** @description The event, with the fields that the tenant adds. */
            event: components["schemas"]["PreviewedEvent"];
            /** @description Whether the webhook asks for it, by type, assets and filter, whatever its status. */
            matches: boolean;
            /** @description Why it does not. */
            mismatch?: components["schemas"]["Mismatch"] | null;
            /** @description The request, without what signs it. Null if none can be made, or none is to be made. */
            request?: components["schemas"]["PreviewedRequest"] | null;
            /** @description What is hardly meant in the webhook's settings, as the answer says it that saves them. Left out if there is nothing. */
            warnings?: components["schemas"]["FieldError"][];
        };
        /** @description Why no payload can be made. */
        PreviewError: {
            /** @description `render`, or `skipped` if the webhook's script says that there is nothing to send. */
            kind: components["schemas"]["FailureKind"];
            /** @description With the line of the template or script. */
            message: string;
        };
        /** @description What to preview: a webhook, and an event for it. */
        PreviewInput: {
            /** @description Which event. */
            event?: null | components["schemas"]["Sample"];
            /** @description Or settings of one that is being made; `url` can be left out. */
            webhook?: null | components["schemas"]["WebhookDraft"];
            /** @description A webhook that there is. */
            webhook_id?: null | components["schemas"]["WebhookId"];
        };
        /** @description An event as it is matched and rendered. */
        PreviewedEvent: {
            data: unknown;
            id: string;
            /** Format: date-time */
            timestamp: string;
            type: components["schemas"]["EventTypeName"];
        };
        /** @description A request as it would be made. */
        PreviewedRequest: {
            /** @description Without credentials. */
            body: components["schemas"]["Body"];
            content_type: string;
            /** @description Without those that sign it, and without credentials. */
            headers: components["schemas"]["Header"][];
            /** @example POST */
            method: string;
            /** @description Without credentials. */
            url: string;
        };
        /** @description What a probe has done. */
        ProbeResult: {
            /** @description The delivery that goes now. Null if the webhook was disabled for failing: then a sample was sent. */
            delivery?: components["schemas"]["Delivery"] | null;
            /** @description Of a webhook that was disabled for failing: whether the sample arrived, and the webhook is active again. */
            healed?: boolean | null;
        };
        /** @description A problem as it is written (RFC 9457). */
        Problem: {
            /**
             * @description The kind of problem for programs. Codes are never renamed.
             * @example invalid_body
             */
            code: string;
            /** @description What happened this time, and how to mend it. */
            detail: string;
            /** @description What is wrong with which part of the request. */
            errors?: components["schemas"]["ProblemPart"][];
            /** @description The request's id, as in the header `x-request-id`; name it when you ask for help. */
            request_id: string;
            /**
             * Format: int64
             * @description The HTTP status.
             */
            status: number;
            /** @description The kind of problem in words. */
            title: string;
            /**
             * @description Names the kind of problem; the same for each `code`.
             * @example urn:lanehook:problem:invalid_body
             */
            type: string;
        };
        /** @description One wrong part of a request. */
        ProblemPart: {
            /** @description The header, where it is one that is wrong. */
            header?: string | null;
            /** @description What is wrong, and how to mend it. */
            message: string;
            /** @description The query parameter, where it is one that is wrong. */
            parameter?: string | null;
            /**
             * @description JSON pointer (RFC 6901) into the body; empty for the whole body.
             * @example /url
             */
            pointer?: string | null;
        };
        /** @description One event, or several. */
        Publication: components["schemas"]["EventInput"] | components["schemas"]["EventsInput"];
        /** @description What became of one published event. */
        PublishedEvent: {
            /**
             * Format: int64
             * @description How many webhooks are owed it.
             */
            deliveries: number;
            /** @description Whether it had been accepted before; then this is the first answer. */
            duplicate: boolean;
            /** @description The caller's id, or a generated one. */
            id: components["schemas"]["EventId"];
            /**
             * Format: date-time
             * @description When it happened.
             */
            timestamp: string;
            type: components["schemas"]["EventTypeName"];
            /** @description What is wrong with it by the catalogue, where the tenant's `validation` is `warn`. */
            warnings?: components["schemas"]["FieldError"][] | null;
        };
        /** @description What became of several, in their order. */
        PublishedEvents: {
            events: components["schemas"]["PublishedEvent"][];
        };
        /** @description How much a tenant may ask for. What is null is as the server's settings say. Where a quota is lowered, what is there stays, and nothing is added. */
        Quotas: {
            /**
             * Format: int64
             * @description The most API keys, those that have expired included (`tenant_keys` of the server).
             */
            api_keys?: number | null;
            /**
             * Format: int64
             * @description The most bytes of its events that are kept: their data, 256 for each event, and 256 for each of its deliveries (`tenant_event_bytes`). Publishing is refused (429) where it would be more, until retention has deleted some.
             */
            event_bytes?: number | null;
            /**
             * Format: int64
             * @description The most deliveries that are pending or wait for a retry (`tenant_owed_deliveries`). Publishing is refused (429) where an event would cause more.
             */
            owed_deliveries?: number | null;
            /**
             * Format: int64
             * @description The most regular expressions in all its webhooks' filters (`tenant_patterns`).
             */
            patterns?: number | null;
            /** @description How often all of its API keys together may call (`tenant_rate` of the server). */
            rate_limit?: components["schemas"]["RateLimit"] | null;
            /**
             * Format: int64
             * @description The most events and reports that are saved by name (`tenant_saved`). They count in `event_bytes`, too.
             */
            saved?: number | null;
            /**
             * Format: int64
             * @description The most bytes of all its webhooks' settings and secrets as they are kept, with half of what they take in memory besides: a value of a list in a filter counts about 40 bytes and one and a half times its length, a clause of a filter 200 to 600, an event type 100 (`tenant_webhook_bytes`).
             */
            webhook_bytes?: number | null;
            /**
             * Format: int64
             * @description The most webhooks (`tenant_webhooks`).
             */
            webhooks?: number | null;
        };
        /** @description At most `limit` in each `per`. */
        RateLimit: {
            /**
             * Format: int32
             * @description How many: 1 to 10,000,000.
             */
            limit: number;
            /** @description In which time. */
            per: components["schemas"]["RateUnit"];
        };
        /**
         * @description The time a rate counts in.
         * @enum {string}
         */
        RateUnit: "second" | "minute" | "hour" | "day";
        /** @description One answer or several. */
        Receipt: components["schemas"]["PublishedEvent"] | components["schemas"]["PublishedEvents"];
        /** @description What the receiver answered. */
        ReceivedResponse: {
            /** @description At most 16 KiB of it. */
            body: components["schemas"]["Body"];
            headers: components["schemas"]["Header"][];
            /**
             * Format: int64
             * @description HTTP status.
             */
            status: number;
            /** @description Whether the body went on after what is shown. */
            truncated: boolean;
        };
        /** @description A job over many deliveries. */
        Replay: components["schemas"]["ReplayPlanView"] & {
            /** Format: date-time */
            created_at: string;
            /**
             * Format: int64
             * @description With how many it was done.
             */
            done: number;
            /**
             * Format: int64
             * @description How many there were when it was begun: counted up to 100,000.
             */
            expected: number;
            /** @description Whether there may have been more. */
            expected_more: boolean;
            /**
             * Format: date-time
             * @description When it came to its end, or was stopped.
             */
            finished_at?: string | null;
            id: components["schemas"]["ReplayId"];
            /**
             * Format: date-time
             * @description Everything that was accepted before this time was looked at. Null before the first.
             */
            reached_at?: string | null;
            /**
             * Format: int64
             * @description How long it still takes at its `rate`, while it is running.
             */
            seconds_left?: number | null;
            /**
             * Format: int64
             * @description With how many it was not: they had changed meanwhile, their webhook is disabled or gone, or more webhooks want the event than can be owed one.
             */
            skipped: number;
            state: components["schemas"]["ReplayState"];
            /** @description Why it does not go on, while it does not. */
            waits_for?: components["schemas"]["ReplayWait"] | null;
        };
        /**
         * @description What a replay does with each of its deliveries.
         * @enum {string}
         */
        ReplayAction: "replay" | "rematch" | "retry" | "cancel";
        /** @description With how many deliveries something would be done, if nothing changed meanwhile. */
        ReplayEstimate: components["schemas"]["ReplayPlanView"] & {
            /**
             * Format: int64
             * @description How many there are: counted up to 100,000, and no longer than a second or two.
             */
            count: number;
            /** @description Whether there may be more than were counted. */
            more: boolean;
            /** @description What should be known before it is begun. */
            notes: string[];
            /**
             * Format: int64
             * @description With how many it would not be done, of those that were looked at: their webhook is disabled or gone, or more webhooks want the event than can be owed one.
             */
            skipped: number;
            /**
             * Format: int64
             * @description How long it would take at its `rate`.
             */
            takes_seconds?: number | null;
        };
        /**
         * @description A job over many deliveries.
         * @example rpl_06f3n1qk2v0g0
         */
        ReplayId: string;
        /** @description Which deliveries are sent again, how fast, and as what. */
        ReplayInput: {
            /** @description Only tells how many there are. */
            dry_run?: boolean | null;
            /** @description Only of events of these types, written as a webhook's. */
            event_types?: components["schemas"]["EventTypePattern"][] | null;
            /** @description Only those of which the last attempt failed so. */
            failures?: components["schemas"]["FailureKind"][] | null;
            /**
             * Format: date-time
             * @description Only what was accepted at or after this time.
             */
            from?: string | null;
            /** @description Sends each under the new delivery's id instead of the event's. Receivers that remember ids answer one that they know without handling it. */
            new_id?: boolean | null;
            /** @description How many are sent again in which time; otherwise as fast as it goes. */
            rate?: components["schemas"]["RateLimit"] | null;
            /** @description Asks events instead of deliveries: each goes to every webhook that wants it by today's types and filters, also where it never went before. Without `statuses` and `failures`. */
            rematch?: boolean | null;
            /** @description Only those in one of these statuses: `delivered`, `failed`, `cancelled`, by default all of these. */
            statuses?: components["schemas"]["DeliveryStatus"][] | null;
            /**
             * Format: date-time
             * @description Only what was accepted before this time.
             */
            to?: string | null;
            /** @description Only of the webhook with this id that there is now. */
            webhook?: null | components["schemas"]["WebhookId"];
        };
        /** @description One page of a list. */
        ReplayList: {
            /**
             * Format: int64
             * @description How many there are on all pages, where `count=true` asks for it: 10,000 at most.
             */
            count?: number | null;
            /** @description Whether there may be more than `count` says: 10,000 were looked at, and there are others. */
            count_is_capped?: boolean | null;
            /** @description What is on this page: fewer than `limit` also where more would be too large for one answer, and perhaps none where it is asked for by event type, since one page looks only so far: at 10,000, as a rule. */
            data: components["schemas"]["Replay"][];
            /** @description Whether there is a next page. */
            has_more: boolean;
            /** @description Give it as `cursor` for the next page; null on the last one. */
            next_cursor?: components["schemas"]["Cursor"] | null;
            /** @description Give it as `cursor` for the page before; null on the first one. */
            previous_cursor?: components["schemas"]["Cursor"] | null;
        };
        /** @description What is done with which deliveries. */
        ReplayPlanView: {
            action: components["schemas"]["ReplayAction"];
            /** @description Of events of these types; none: of any. */
            event_types: components["schemas"]["EventTypePattern"][];
            /** @description Of which the last attempt failed so; none: however it ended. */
            failures: components["schemas"]["FailureKind"][];
            /** Format: date-time */
            from?: string | null;
            /** @description Whether each is sent under its own id instead of its event's. */
            new_id: boolean;
            rate?: components["schemas"]["RateLimit"] | null;
            /** @description Deliveries in these statuses; none for a rematch, which asks events. */
            statuses: components["schemas"]["DeliveryStatus"][];
            /** Format: date-time */
            to?: string | null;
            /** @description The one webhook that it is about. */
            webhook?: components["schemas"]["WebhookId"] | null;
        };
        /**
         * @description Where a replay stands.
         * @enum {string}
         */
        ReplayState: "running" | "finished" | "stopped";
        /**
         * @description What a replay waits for that is running and does not go on.
         * @enum {string}
         */
        ReplayWait: "owed_deliveries";
        /** @description A report. */
        Report: {
            by?: components["schemas"]["Dimension"] | null;
            /**
             * Format: date-time
             * @description When something was first saved under this name.
             */
            created_at: string;
            /** @description For people. */
            description: string;
            event_type?: components["schemas"]["EventTypeName"] | null;
            /** Format: date-time */
            from?: string | null;
            granularity: components["schemas"]["Granularity"];
            last?: components["schemas"]["Duration"] | null;
            name: components["schemas"]["SavedName"];
            /** Format: date-time */
            to?: string | null;
            /**
             * Format: date-time
             * @description When it was last saved.
             */
            updated_at: string;
            webhook?: components["schemas"]["WebhookId"] | null;
            whole: boolean;
        };
        /** @description A question for statistics, with the parameters of `GET /stats`. */
        ReportInput: {
            /** @description Each event type, or each webhook apart. */
            by?: components["schemas"]["Dimension"] | null;
            /** @description For people: up to 500 characters. */
            description?: string | null;
            /** @description Of one event type. */
            event_type?: components["schemas"]["EventTypeName"] | null;
            /**
             * Format: date-time
             * @description From the span in which this time is.
             */
            from?: string | null;
            /** @description How long each span is. Default: `"hour"`. */
            granularity?: null | components["schemas"]["Granularity"];
            /** @description So long until now, the span that is under way included. Instead of `from` and `to`. */
            last?: components["schemas"]["Duration"] | null;
            /**
             * Format: date-time
             * @description Up to the span in which this time is, if it is not its begin.
             */
            to?: string | null;
            /** @description Of one webhook. */
            webhook?: components["schemas"]["WebhookId"] | null;
            /** @description All spans together, as one. */
            whole?: boolean | null;
        };
        /** @description One page of a list. */
        ReportList: {
            /**
             * Format: int64
             * @description How many there are on all pages, where `count=true` asks for it: 10,000 at most.
             */
            count?: number | null;
            /** @description Whether there may be more than `count` says: 10,000 were looked at, and there are others. */
            count_is_capped?: boolean | null;
            /** @description What is on this page: fewer than `limit` also where more would be too large for one answer, and perhaps none where it is asked for by event type, since one page looks only so far: at 10,000, as a rule. */
            data: components["schemas"]["Report"][];
            /** @description Whether there is a next page. */
            has_more: boolean;
            /** @description Give it as `cursor` for the next page; null on the last one. */
            next_cursor?: components["schemas"]["Cursor"] | null;
            /** @description Give it as `cursor` for the page before; null on the first one. */
            previous_cursor?: components["schemas"]["Cursor"] | null;
        };
        /** @description How long what has ended is kept. The server's `retention` is the longest; what is owed, or what a replay has yet to come to, always stays. */
        RetentionSettings: {
            /**
             * @description For how long deliveries that have ended are kept, with their attempts and events, and events that nobody was owed: a minute at least. What is longer than the server's `retention` counts as that.
             * @example 7d
             */
            ended?: string | null;
            /**
             * Format: int32
             * @description How many deliveries that have ended are kept of each webhook, the newest: 1 to 100,000. An event stays as long as one of its deliveries.
             * @example 1000
             */
            newest_per_webhook?: number | null;
        };
        /**
         * Retry growth
         * @description Waits that grow: `{"initial": "1s", "factor": 2, "max": "1h", "attempts": 8}`.
         */
        RetryGrowth: {
            /**
             * Format: int32
             * @description Attempts in all, the first one among them. Default: `8`.
             */
            attempts?: number | null;
            /**
             * Format: double
             * @description By what each wait is longer than the one before. Default: `2`.
             */
            factor?: number | null;
            /** @description The first wait. */
            initial: components["schemas"]["RetryWait"];
            /**
             * Format: int32
             * @description By how many per cent a wait is longer or shorter, at random, so that receivers that were down are not met by all retries at one time. Default: `20`.
             */
            jitter?: number | null;
            /** @description The longest wait. Default: `"1h"`. */
            max?: components["schemas"]["RetryWait"] | null;
        };
        /** @description What a retry schedule comes to. */
        RetryPlan: {
            /**
             * Format: int64
             * @description Attempts in all, the first one among them.
             * @example 4
             */
            attempts: number;
            /** @description All of them together: to the minute from two hours on, to the hour from two days on. */
            total: components["schemas"]["Duration"];
            /**
             * @description The wait after each attempt but the last, before jitter and what a receiver's `Retry-After` adds.
             * @example [
             *       "1s",
             *       "2s",
             *       "4s"
             *     ]
             */
            waits: components["schemas"]["Duration"][];
        };
        /** @description When to try again after a failed attempt. */
        RetryPolicy: components["schemas"]["RetryPreset"] | components["schemas"]["RetrySchedule"] | components["schemas"]["RetryGrowth"];
        /**
         * Retry preset
         * @description A schedule with a name: `{"preset": "quick"}`.
         */
        RetryPreset: {
            /**
             * Format: int32
             * @description Attempts in all, the first one among them: cuts the waits.
             */
            attempts?: number | null;
            /**
             * Format: int32
             * @description By how many per cent a wait is longer or shorter, at random, so that receivers that were down are not met by all retries at one time. Default: `20`.
             */
            jitter?: number | null;
            preset: components["schemas"]["Preset"];
        };
        /**
         * Retry schedule
         * @description Waits one after another: `{"schedule": ["5s", "1m"]}`.
         */
        RetrySchedule: {
            /**
             * Format: int32
             * @description Attempts in all, the first one among them: cuts the waits.
             */
            attempts?: number | null;
            /**
             * Format: int32
             * @description By how many per cent a wait is longer or shorter, at random, so that receivers that were down are not met by all retries at one time. Default: `20`.
             */
            jitter?: number | null;
            /** @description The wait after each failed attempt; when they are used up, the delivery has failed. */
            schedule: components["schemas"]["RetryWait"][];
        };
        /**
         * @description A length of time from `0s` to `7d`.
         * @example 5m
         */
        RetryWait: string;
        /** @description How to replace a secret. */
        Rotation: {
            /** @description How long the old secret signs beside the new one: at most 30d; `0s` ends it at once. Default: `"24h"`. */
            grace?: components["schemas"]["GraceTime"] | null;
            /** @description The caller's own new secret; otherwise one is generated. */
            secret?: string | null;
            /** @description What kind to generate; otherwise the same as before. */
            secret_type?: components["schemas"]["SecretType"] | null;
        };
        /** @description How many others failed in the same way. */
        SameCause: {
            kind: components["schemas"]["FailureKind"];
            /**
             * Format: date-time
             * @description Since when others are looked at: of the last quarter of an hour, minute by minute.
             */
            since: string;
            /** @description Of the other tries of all the tenant's webhooks. */
            tenant: components["schemas"]["SameCauseShare"];
            /** @description Of the other tries of the same webhook. */
            webhook: components["schemas"]["SameCauseShare"];
        };
        /** @description A part of the tries of other deliveries. */
        SameCauseShare: {
            /**
             * Format: int64
             * @description Tries of other deliveries.
             */
            attempts: number;
            /**
             * Format: int64
             * @description Those of them that failed in this way.
             */
            failed: number;
            /**
             * Format: double
             * @description The second by the first: 0 to 1, rounded down to four digits. Null without a try.
             * @example 0.9984
             */
            share?: number | null;
        };
        /** @description Which event to take. */
        Sample: {
            /** @description Any JSON; otherwise the catalogue's example of the type, or a sentence that says that this is a test. */
            data?: unknown;
            /** @description A stored event's id; then nothing else can be given. */
            event_id?: null | components["schemas"]["EventId"];
            /** @description The name of a saved event; then nothing else can be given. */
            saved_event?: null | components["schemas"]["SavedName"];
            /** @description Otherwise the first type that the webhook asks for by its whole name, or `webhook.test`. */
            type?: components["schemas"]["EventTypeName"] | null;
        };
        /** @description An event as it could be published. */
        SampleEvent: {
            /** @description Fits the version's schema. */
            data: unknown;
            type: components["schemas"]["EventTypeName"];
            /** Format: int64 */
            version: number;
        };
        /** @description A saved event. */
        SavedEvent: {
            correlation_id?: components["schemas"]["CorrelationId"] | null;
            /**
             * Format: date-time
             * @description When something was first saved under this name.
             */
            created_at: string;
            /** @description The JSON, byte for byte. */
            data: unknown;
            /** @description For people. */
            description: string;
            metadata?: components["schemas"]["EventMetadata"] | null;
            name: components["schemas"]["SavedName"];
            ordering_key?: components["schemas"]["OrderingKey"] | null;
            source?: components["schemas"]["EventSource"] | null;
            /** @description What happened. */
            type: components["schemas"]["EventTypeName"];
            /**
             * Format: date-time
             * @description When it was last saved.
             */
            updated_at: string;
            /** Format: int64 */
            version?: number | null;
        };
        /** @description What to save: an event that is kept, or one of your own. */
        SavedEventInput: {
            /** @description Your id for what belongs together. */
            correlation_id?: components["schemas"]["CorrelationId"] | null;
            /** @description Any JSON that an event can have. */
            data?: unknown;
            /** @description For people: up to 500 characters. */
            description?: string | null;
            /** @description A stored event's id: what it says is saved, with the fields that the tenant added. Then only a `description` can be given. */
            event?: null | components["schemas"]["EventId"];
            /** @description What you want to know of it again. */
            metadata?: components["schemas"]["EventMetadata"] | null;
            /** @description Events with the same key reach a webhook with `ordering: key` one after another. */
            ordering_key?: components["schemas"]["OrderingKey"] | null;
            /** @description Where it comes from. */
            source?: components["schemas"]["EventSource"] | null;
            /** @description What happened. Types that begin with `lanehook.` are the server's own. */
            type?: null | components["schemas"]["EventTypeName"];
            /**
             * Format: int64
             * @description Version of the type's schema that `data` follows.
             */
            version?: number | null;
        };
        /** @description One page of a list. */
        SavedEventList: {
            /**
             * Format: int64
             * @description How many there are on all pages, where `count=true` asks for it: 10,000 at most.
             */
            count?: number | null;
            /** @description Whether there may be more than `count` says: 10,000 were looked at, and there are others. */
            count_is_capped?: boolean | null;
            /** @description What is on this page: fewer than `limit` also where more would be too large for one answer, and perhaps none where it is asked for by event type, since one page looks only so far: at 10,000, as a rule. */
            data: components["schemas"]["SavedEvent"][];
            /** @description Whether there is a next page. */
            has_more: boolean;
            /** @description Give it as `cursor` for the next page; null on the last one. */
            next_cursor?: components["schemas"]["Cursor"] | null;
            /** @description Give it as `cursor` for the page before; null on the first one. */
            previous_cursor?: components["schemas"]["Cursor"] | null;
        };
        /**
         * @description A name to have something again by: letters, digits, `_`, `-` and `.`, not beginning with `.`.
         * @example price-drop
         */
        SavedName: string;
        /** @description What the data of an event of one version looks like. */
        SchemaVersion: {
            /**
             * Format: date-time
             * @description When it was added.
             */
            created_at?: string | null;
            /** @description Receivers should move on to a newer version. */
            deprecated: boolean;
            /** @description Data that fits the schema. */
            example: unknown;
            /** @description JSON Schema (2020-12 or draft-07) of the event's `data`. */
            schema: unknown;
            /**
             * Format: int64
             * @description Events name it in `version`; from 1.
             */
            version: number;
        };
        /** @description A version as a caller writes it. */
        SchemaVersionInput: {
            /**
             * Format: date-time
             * @description When it was added.
             */
            created_at?: string | null;
            /** @description Receivers should move on to a newer version. */
            deprecated?: boolean | null;
            /** @description Data that fits the schema; at most 64 KiB. Left out, one is made. */
            example?: unknown;
            /** @description JSON Schema, 2020-12 or draft-07; at most 64 KiB and 32 levels; references only within it (`#/$defs/…`). */
            schema: unknown;
            /**
             * Format: int32
             * @description From 1. Default: `1`.
             */
            version?: number | null;
        };
        /**
         * @description What a key permits.
         * @enum {string}
         */
        Scope: "events:write" | "events:read" | "webhooks:write" | "webhooks:read" | "secrets" | "deliveries:read" | "deliveries:write" | "keys" | "catalogue:read" | "catalogue:write" | "tenants" | "audit:read";
        /** @description What was scrubbed. */
        Scrubbed: {
            /** @description Whether the write-ahead log may still hold it, since something reads for long, like a backup. It is emptied within a minute after that has ended. */
            in_log: boolean;
            /**
             * Format: date-time
             * @description When that was asked for first.
             */
            scrubbed_at: string;
        };
        /** @description Something that was found. */
        SearchResult: components["schemas"]["SearchResultWebhook"] | components["schemas"]["SearchResultEventType"] | components["schemas"]["SearchResultDelivery"] | components["schemas"]["SearchResultEvent"];
        /**
         * Search result delivery
         * @description A delivery.
         */
        SearchResultDelivery: {
            /**
             * Format: date-time
             * @description When the event was accepted.
             */
            created_at: string;
            /** @description The event's id. */
            event: components["schemas"]["EventId"];
            id: components["schemas"]["DeliveryId"];
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "delivery";
            status: components["schemas"]["DeliveryStatus"];
            /** @description The event's type. */
            title: string;
            /** @description The webhook's id, also after it was deleted. */
            webhook: components["schemas"]["WebhookId"];
        };
        /**
         * Search result event
         * @description An event.
         */
        SearchResultEvent: {
            /**
             * Format: date-time
             * @description When it was accepted.
             */
            accepted_at: string;
            id: components["schemas"]["EventId"];
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "event";
            /** @description Its type. */
            title: string;
        };
        /**
         * Search result event type
         * @description A type of the catalogue.
         */
        SearchResultEventType: {
            id: components["schemas"]["EventTypeName"];
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "event_type";
            status: components["schemas"]["EntryStatus"];
            /** @description Its name for people, or else its name. */
            title: string;
        };
        /**
         * Search result webhook
         * @description A webhook.
         */
        SearchResultWebhook: {
            /** @description The host of its URL. */
            host: string;
            id: components["schemas"]["WebhookId"];
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "webhook";
            status: components["schemas"]["Status"];
            /** @description Its name, or else the host of its URL. */
            title: string;
        };
        /** @description What was found. */
        SearchResults: {
            /** @description By kind; of each the nearest first. */
            data: components["schemas"]["SearchResult"][];
            /** @description Whether there is more of some kind. */
            has_more: boolean;
        };
        /**
         * @description What kind of secret to generate.
         * @enum {string}
         */
        SecretType: "hmac" | "ed25519";
        /**
         * @description Which of a webhook's secrets.
         * @enum {string}
         */
        SecretView: "current" | "previous";
        /**
         * @description The method of a request.
         * @enum {string}
         */
        SendMethod: "POST" | "PUT";
        /** @description What was sent. Credentials are shown as `[redacted]`. */
        SentRequest: {
            /** @description At most 256 KiB of it. Null if the event has been deleted by retention in the meantime, and where it is left out (`truncated`). */
            body?: components["schemas"]["Body"] | null;
            /** @description With their names as they were written; over HTTP/2 all are in lower case. */
            headers: components["schemas"]["Header"][];
            /** @example POST */
            method: string;
            /** @description Whether the body went on after what is shown. */
            truncated: boolean;
            /** @description Empty, as the headers are, if what is kept of both cannot be read any more. */
            url: string;
        };
        /** @description Who is calling, and until when they are signed in. */
        Session: {
            /** @description What the header `X-Lanehook-Csrf` has to say in each request of this session that changes something; null where the request shows an API key. */
            csrf_token?: string | null;
            /**
             * Format: date-time
             * @description When the session is over, or the key; null: never.
             */
            expires_at?: string | null;
            /**
             * Format: int64
             * @description Seconds without a request after which the session is over earlier.
             */
            idle_seconds: number;
            key: components["schemas"]["SessionKey"];
            /** @description Whether somebody is signed in by a portal link; null otherwise. */
            portal?: components["schemas"]["SessionPortal"] | null;
            /** @description What is permitted. */
            scopes: components["schemas"]["Scope"][];
            /** @description The tenant whose key it is; null for an operator's, who names a tenant with each request. */
            tenant?: components["schemas"]["TenantId"] | null;
        };
        /** @description The API key behind it. */
        SessionKey: {
            id: components["schemas"]["ApiKeyId"];
            name: string;
        };
        /** @description What a customer may do. */
        SessionPortal: {
            /** @description Whether webhooks can be changed, and deliveries be sent again. */
            manage: boolean;
        };
        /**
         * @description Whether a request is signed as its receiver would check it.
         * @enum {string}
         */
        SignatureState: "verified" | "refused" | "unsigned" | "not_checked";
        /** @description How requests are signed. */
        Signing: {
            /** @description The hash of `hub`, `plain` and `timestamped`; `standard` is SHA-256 by its specification. */
            algorithm?: null | components["schemas"]["SigningAlgorithm"];
            /** @description One or more dialects; each adds its headers. Empty: unsigned. */
            dialects?: components["schemas"]["SigningDialect"][] | null;
        };
        /**
         * @description A hash function.
         * @enum {string}
         */
        SigningAlgorithm: "sha256" | "sha512";
        /** @description A way to sign. */
        SigningDialect: components["schemas"]["SigningDialectStandard"] | components["schemas"]["SigningDialectHub"] | components["schemas"]["SigningDialectPlain"] | components["schemas"]["SigningDialectTimestamped"];
        /**
         * Signing dialect hub
         * @description GitHub's: `X-Hub-Signature-256: sha256=<hex>`.
         */
        SigningDialectHub: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "hub";
        };
        /**
         * Signing dialect plain
         * @description `X-Webhook-Signature: sha256=<hex>` with `X-Webhook-Event`, `-Timestamp`, `-ID`, `-Delivery`.
         */
        SigningDialectPlain: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "plain";
        };
        /**
         * Signing dialect standard
         * @description Standard Webhooks: `webhook-id`, `webhook-timestamp`, `webhook-signature`.
         */
        SigningDialectStandard: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "standard";
        };
        /**
         * Signing dialect timestamped
         * @description `<header>: t=<seconds>,v1=<hex>` over timestamp, separator and body.
         */
        SigningDialectTimestamped: {
            /** @description The header's name, like `X-PT-Signature` or `Stripe-Signature`. */
            header: string;
            /** @description Between timestamp and body: empty or `.` Default: `""`. */
            separator?: string | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "timestamped";
        };
        /** @description What a receiver gets, unless its webhook says otherwise. */
        StandardPayload: {
            /** @description The publisher's JSON, byte for byte. */
            data: unknown;
            /** @description The event's id; the same in every request for it, so that a receiver can tell what it has already. */
            id: components["schemas"]["EventId"];
            /**
             * Format: date-time
             * @description When it happened.
             */
            timestamp: string;
            /** @description What happened. */
            type: components["schemas"]["EventTypeName"];
        };
        /** @description Sums over time. */
        Stats: {
            /** @description By time, and with `by` by what they are of. A span in which nothing was counted is left out. With `whole=true` all spans are one, which begins with the first. */
            data: components["schemas"]["StatsPoint"][];
            /**
             * Format: date-time
             * @description The begin of the first span, and the end of the last.
             */
            from: string;
            granularity: components["schemas"]["Granularity"];
            /** Format: date-time */
            to: string;
        };
        /** @description What was counted in one span of time. */
        StatsPoint: components["schemas"]["Sums"] & {
            /**
             * Format: date-time
             * @description When the span begins: a whole minute, hour or day of UTC.
             */
            at: string;
            /** @description With `by=event_type`, of which type. */
            event_type?: components["schemas"]["EventTypeName"] | null;
            /** @description With `by=tenant`, of which tenant. */
            tenant?: components["schemas"]["TenantId"] | null;
            /** @description With `by=webhook`, of which webhook. */
            webhook?: components["schemas"]["WebhookId"] | null;
        };
        /**
         * @description Whether a webhook is delivered to.
         * @enum {string}
         */
        Status: "active" | "paused" | "disabled";
        /** @description Spans of the same length, oldest first, also those in which nothing was counted: a number for each. */
        Strip: {
            /** @description Deliveries that came to be owed. */
            deliveries: number[];
            /** @description Tries that failed otherwise. */
            failed: number[];
            /**
             * Format: date-time
             * @description The begin of the first.
             */
            from: string;
            /**
             * Format: int64
             * @description How long each is, in seconds.
             */
            seconds: number;
            /** @description Tries that did not fail. */
            succeeded: number[];
            /** @description Tries that the receiver asked to put off. */
            throttled: number[];
        };
        /** @description Counts, and how long things took. */
        Sums: {
            /**
             * Format: int64
             * @description Tries of deliveries. A request that carries a batch is a try of each of its deliveries.
             */
            attempts: number;
            /**
             * Format: int64
             * @description Deliveries that were cancelled. One that is retried by hand then and cancelled again counts twice.
             */
            cancelled: number;
            /**
             * Format: int64
             * @description Deliveries that the receiver took.
             */
            delivered: number;
            /** @description How long it took from accepted to delivered. */
            delivered_in?: components["schemas"]["Percentiles"] | null;
            /**
             * Format: int64
             * @description Deliveries that came to be owed.
             */
            deliveries: number;
            /**
             * Format: int64
             * @description Bytes of their data.
             */
            event_bytes: number;
            /**
             * Format: int64
             * @description Events accepted. Of a webhook there are none: its deliveries are counted.
             * @example 120
             */
            events: number;
            /**
             * Format: int64
             * @description Deliveries that were given up. One that is retried by hand then can end again.
             */
            failed: number;
            /** @description Tries that failed, by kind. */
            failures: {
                [key: string]: number;
            };
            /**
             * Format: double
             * @description Of the deliveries that were tried for the first time, the share that this delivered; null without one.
             * @example 0.9916
             */
            first_try_success_rate?: number | null;
            /**
             * Format: int64
             * @description For how long the oldest delivery had been owed, at the most, of those owed to webhooks that are neither paused nor disabled: looked at once a minute, and not by type. Null: none was owed.
             * @example 12
             */
            oldest_owed_seconds?: number | null;
            /** @description The same by phases, of requests that had them: kept connections have no look-up and no handshake. */
            phases: components["schemas"]["Phases"];
            /** @description How long requests took, from their begin to the end of the answer. */
            request_time?: components["schemas"]["Percentiles"] | null;
            /**
             * Format: int64
             * @description Requests sent: none where no connection came about, and more than one for a try where a kept connection was replaced or the receiver had not processed the first.
             */
            requests: number;
            /**
             * @description Tries by the class of the answer's status; `none` where there was no answer.
             * @example {
             *       "2xx": 118,
             *       "5xx": 2
             *     }
             */
            statuses: {
                [key: string]: number;
            };
            /**
             * Format: double
             * @description Of the tries, the share that did not fail: 0 to 1, rounded down to four digits, so it is 1 only if none failed. Null without a try.
             * @example 0.9984
             */
            success_rate?: number | null;
        };
        /** @description The server itself. */
        System: {
            /**
             * @description The commit that it was built from, as git describes it; null in a build for development.
             * @example v0.2.0-3-gf5dc5c0
             */
            commit?: string | null;
            disk: components["schemas"]["SystemDisk"];
            /** @description What runs periodically, by name. */
            jobs: components["schemas"]["SystemJob"][];
            /** @description How notices are mailed; null where no mail is sent. */
            mail?: components["schemas"]["SystemMail"] | null;
            /** @description The settings that are not at their defaults. Secrets are shown as `[redacted]`. */
            settings: components["schemas"]["SystemSetting"][];
            /** Format: date-time */
            started_at: string;
            store: components["schemas"]["SystemStore"];
            /** Format: int64 */
            uptime_seconds: number;
            /** @example 0.2.0 */
            version: string;
        };
        /** @description The disk that the data is on. */
        SystemDisk: {
            /**
             * Format: int64
             * @description Bytes that are free; null where that is not known.
             */
            free_bytes?: number | null;
            /** @description Whose events are refused, and why, while too little is free. */
            trouble?: string | null;
        };
        /** @description How a periodic job does. */
        SystemJob: {
            /** Format: int64 */
            every_seconds: number;
            /** Format: int64 */
            failures: number;
            /** @description The last of its runs that failed, since the start of the server. */
            last_failure?: components["schemas"]["SystemJobRun"] | null;
            /** @description Its last run that came to an end. */
            last_run?: components["schemas"]["SystemJobRun"] | null;
            /** @example retention */
            name: string;
            /** Format: date-time */
            next_run_at: string;
            /**
             * Format: date-time
             * @description When its present run began, while there is one.
             */
            running_since?: string | null;
            /**
             * Format: int64
             * @description Runs since the start of the server, and those of them that failed.
             */
            runs: number;
        };
        /** @description A run of a job. */
        SystemJobRun: {
            /** Format: date-time */
            at: string;
            /**
             * @description What it did, or what kept it from its work.
             * @example kept when 3 API keys were used
             */
            detail: string;
            /** Format: int64 */
            took_ms: number;
        };
        /** @description How notices are mailed. */
        SystemMail: {
            /** Format: int64 */
            failures: number;
            /** @description The last of these. */
            last_failure?: components["schemas"]["SystemMailFailure"] | null;
            /**
             * Format: int64
             * @description Mails that the mail server has taken since the start of the server, and tries that failed.
             */
            sent: number;
            /**
             * Format: int64
             * @description Tenants to whom something is still to be mailed.
             */
            waiting: number;
        };
        /** @description A try to send a mail that failed. */
        SystemMailFailure: {
            /** Format: date-time */
            at: string;
            /**
             * @description Why.
             * @example the mail server did not take it within 30 s
             */
            detail: string;
        };
        /** @description A setting that is not at its default. */
        SystemSetting: {
            /**
             * @description Empty: nothing.
             * @example 2048
             */
            default: string;
            /**
             * @description As the settings' file calls it; of what the environment alone has, the variable.
             * @example max_in_flight
             */
            name: string;
            /** @example 4096 */
            value: string;
        };
        /** @description Where everything is kept. */
        SystemStore: {
            /** @description What its bytes are for, with indexes, the most first; of a large database estimated. */
            by_kind: components["schemas"]["SystemStoreKind"][];
            /** @description How long the last one or two thousand commits took, from their begin to the disk's word; null before the first. */
            commits?: components["schemas"]["Percentiles"] | null;
            /**
             * Format: int64
             * @description Bytes of the database.
             */
            database_bytes: number;
            /**
             * @description Of which kind.
             * @example sqlite
             */
            kind: string;
            /**
             * Format: int64
             * @description Bytes of the write-ahead log beside it.
             */
            log_bytes: number;
            /** @description Who keeps that from becoming less, if it is too much. */
            log_held?: string | null;
            /**
             * Format: int64
             * @description Bytes of it that nothing is in: they are used again before it grows.
             */
            unused_bytes: number;
        };
        /** @description Bytes of the database for one kind of thing. */
        SystemStoreKind: {
            /** Format: int64 */
            bytes: number;
            kind: components["schemas"]["DiskKind"];
        };
        /**
         * @description Where requests go: https, publicly reachable, without user name, password and fragment. `http` is possible where the server was started with `--dev`. Or the `url` of one of the tenant's inspectors, with a path and query behind it if wanted.
         * @example https://example.com/hook
         */
        TargetUrl: string;
        /**
         * @description What a template makes.
         * @enum {string}
         */
        TemplateFormat: "json" | "form" | "text";
        /**
         * @description How a template names the members of an event's data.
         * @enum {string}
         */
        TemplateNames: "qualified" | "bare";
        /** @description A tenant. */
        Tenant: {
            /** Format: date-time */
            created_at: string;
            enrichment: components["schemas"]["Enrichment"][];
            id: components["schemas"]["TenantId"];
            name: string;
            notices: components["schemas"]["NoticeSettings"];
            quotas: components["schemas"]["Quotas"];
            retention: components["schemas"]["RetentionSettings"];
            /** @description What it has of that which has a quota. */
            usage: components["schemas"]["Usage"];
            validation: components["schemas"]["Validation"];
            /**
             * Format: int64
             * @description Grows with each change.
             */
            version: number;
        };
        /**
         * @description A tenant's id: lower-case letters, digits, `_`, `-` and `.`, beginning with a letter or digit.
         * @example acme
         */
        TenantId: string;
        /** @description A tenant to be made. */
        TenantInput: {
            /** @description 1 to 64 lower-case letters, digits, `_`, `-` and `.`, beginning with a letter or digit. */
            id: components["schemas"]["TenantId"];
            /**
             * @description For people, at most 200 characters; otherwise the id.
             * @example Acme Ltd.
             */
            name?: string | null;
        };
        /** @description One page of a list. */
        TenantList: {
            /**
             * Format: int64
             * @description How many there are on all pages, where `count=true` asks for it: 10,000 at most.
             */
            count?: number | null;
            /** @description Whether there may be more than `count` says: 10,000 were looked at, and there are others. */
            count_is_capped?: boolean | null;
            /** @description What is on this page: fewer than `limit` also where more would be too large for one answer, and perhaps none where it is asked for by event type, since one page looks only so far: at 10,000, as a rule. */
            data: components["schemas"]["Tenant"][];
            /** @description Whether there is a next page. */
            has_more: boolean;
            /** @description Give it as `cursor` for the next page; null on the last one. */
            next_cursor?: components["schemas"]["Cursor"] | null;
            /** @description Give it as `cursor` for the page before; null on the first one. */
            previous_cursor?: components["schemas"]["Cursor"] | null;
        };
        /** @description What of a tenant can be changed. */
        TenantPatch: {
            /** @description Fields that are added to events, all of them anew. */
            enrichment?: components["schemas"]["Enrichment"][] | null;
            /** @description For people, at most 200 characters. */
            name?: string | null;
            /** @description When it is told of what happens to it, and where; null sets back to the server's. */
            notices?: components["schemas"]["NoticeSettings"] | null;
            /** @description How much it may ask for; null sets back to the server's. */
            quotas?: components["schemas"]["Quotas"] | null;
            /** @description What it keeps for a shorter time than the server does; null sets back to the server's. */
            retention?: components["schemas"]["RetentionSettings"] | null;
            /** @description Whether events are checked against the catalogue. */
            validation?: components["schemas"]["Validation"] | null;
        };
        /** @description What to send. */
        TestInput: {
            /** @description Send nothing: only resolve the name, connect, and do the TLS handshake. */
            connect_only?: boolean | null;
            /** @description Any JSON; otherwise the catalogue's example of the type, or a sentence that says that this is a test. */
            data?: unknown;
            /** @description A stored event's id. */
            event_id?: null | components["schemas"]["EventId"];
            /** @description The name of a saved event. */
            saved_event?: null | components["schemas"]["SavedName"];
            /** @description How long it may take: 100ms to 60s. Otherwise the webhook's `timeout`, at most 10s; with `connect_only` at most 5s. Before that, it may have to wait as long for its turn to look a name up. */
            timeout?: components["schemas"]["Timeout"] | null;
            /** @description Otherwise the first type that the webhook asks for by its whole name, or `webhook.test`. */
            type?: components["schemas"]["EventTypeName"] | null;
        };
        /** @description What came of it. */
        TestResult: components["schemas"]["Exchange"] & {
            /** @description Whether a connection came about. */
            connected: boolean;
            /** @description Whether the receiver took it. */
            delivered: boolean;
            /** @description The delivery that keeps the test. Null where only a connection was made, and where a test could not be kept, since the tenant's quota of `event_bytes` is used up or the disk is nearly full. */
            delivery?: components["schemas"]["DeliveryId"] | null;
            /**
             * Format: int64
             * @description HTTP status of the answer, if there was one.
             */
            status?: number | null;
            /** @description How long it could have taken. */
            timeout: components["schemas"]["Duration"];
        };
        /** @description How a tenant's portal looks. */
        Theme: {
            /**
             * @description Null: lanehook's own.
             * @example #2456d6
             */
            accent?: string | null;
            /** @description A data URL; null: none. */
            logo?: string | null;
            mode: components["schemas"]["ThemeMode"];
            /** @description Whose portal it is; may be empty. */
            name: string;
            /**
             * Format: int64
             * @description In pixels; null: as lanehook has them.
             */
            radius?: number | null;
            /**
             * Format: date-time
             * @description When it was last saved; null: never.
             */
            updated_at?: string | null;
        };
        /** @description How the portal is to look. What is left out is as lanehook has it. */
        ThemeInput: {
            /**
             * @description The colour of the main button, the logo's tile and the selected tab: `#` and six hex digits. Of it hue and chroma are kept; how light it is follows from what is read on it.
             * @example #2456d6
             */
            accent?: string | null;
            /**
             * @description The image beside the title: a data URL of a PNG, JPEG or WebP image in base64, at most 65,536 characters. No SVG.
             * @example data:image/png;base64,iVBORw0KGgo=
             */
            logo?: string | null;
            /** @description Light, dark, or as the reader's system has it. Default: `"auto"`. */
            mode?: null | components["schemas"]["ThemeMode"];
            /**
             * @description Whose portal it is, for its readers: up to 100 characters.
             * @example Acme Trading
             */
            name?: string | null;
            /**
             * Format: int32
             * @description How round corners are, in pixels: 0 to 12.
             */
            radius?: number | null;
        };
        /**
         * @description Light or dark.
         * @enum {string}
         */
        ThemeMode: "light" | "dark" | "auto";
        /** @description From when on something is told. */
        Thresholds: {
            /** @example 0s */
            failing_after: string;
            /**
             * Format: int64
             * @description Null: no share of failures makes a webhook failing.
             */
            failure_share?: number | null;
            /** @example 7d */
            key_expires: string;
            /**
             * @description Null: a webhook to which something arrives is not failing, however long others wait.
             * @example 10m
             */
            oldest_due?: string | null;
            /** Format: int64 */
            quota_near: number;
        };
        /**
         * @description A length of time from `100ms` to `60s`.
         * @example 10s
         */
        Timeout: string;
        /** @description How long the phases of a request took, in microseconds. A phase that did not happen (a pooled connection has no DNS, TCP and TLS) is zero. */
        Timings: {
            /**
             * Format: int64
             * @description TCP, whether a connection came about or not.
             */
            connect_us: number;
            /**
             * Format: int64
             * @description Name resolution, whether the name was found or not.
             */
            dns_us: number;
            /**
             * Format: int64
             * @description From the start to the response's head.
             */
            first_byte_us: number;
            /**
             * Format: int64
             * @description TLS handshake.
             */
            tls_us: number;
            /**
             * Format: int64
             * @description From the start to the end of the response's body.
             */
            total_us: number;
        };
        /**
         * @description A trace (W3C Trace Context, level 1); no id in it is all zeros.
         * @example 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
         */
        TraceParent: string;
        /** @description What to try: what a webhook says of its events, and on how many. */
        TrialInput: {
            /** @description As a webhook has them. */
            assets?: null | components["schemas"]["Assets"];
            /** @description As a webhook has them: all, if they are left out. */
            event_types?: components["schemas"]["EventTypePattern"][] | null;
            /** @description As a webhook has it. */
            filter?: null | components["schemas"]["Filter"];
            /**
             * Format: int32
             * @description On how many of the newest events: 1 to 1,000. Default: `100`.
             */
            last?: number | null;
        };
        /** @description An event that was looked at. */
        TriedEvent: {
            /**
             * Format: date-time
             * @description When it was accepted.
             */
            accepted_at: string;
            /** @description The event's id. */
            id: components["schemas"]["EventId"];
            /** @description Why it does not match. */
            mismatch?: components["schemas"]["Mismatch"] | null;
            type: components["schemas"]["EventTypeName"];
        };
        /** @description A webhook in trouble. */
        TroubledWebhook: components["schemas"]["NamedWebhook"] & {
            health: components["schemas"]["Health"];
        };
        /** @description What a tenant has of what has a quota. */
        Usage: {
            /** @description API keys, expired ones included. */
            api_keys: components["schemas"]["Used"];
            /** @description Bytes of its events that are kept: their data, 256 for each, and 256 for each of their deliveries. Copies of broadcasts count, too, and what is saved by name. */
            event_bytes: components["schemas"]["Used"];
            /** @description Deliveries that are pending or wait for a retry, and those of large fan-outs that are still to come. Copies of broadcasts count, also where that makes them more than `most`. */
            owed_deliveries: components["schemas"]["Used"];
            /** @description Regular expressions in its webhooks' filters. */
            patterns: components["schemas"]["Used"];
            /** @description Events and reports that are saved by name. */
            saved: components["schemas"]["Used"];
            /** @description Bytes of its webhooks' settings and secrets as they are kept, with half of what they take in memory besides. */
            webhook_bytes: components["schemas"]["Used"];
            /** @description Webhooks in any status. */
            webhooks: components["schemas"]["Used"];
        };
        /** @description How much there is, and how much there may be. */
        Used: {
            /**
             * Format: int64
             * @description By the tenant's quotas, otherwise by the server's settings.
             */
            most: number;
            /** Format: int64 */
            used: number;
        };
        /**
         * @description What happens to an event whose type is not in the catalogue, or whose data does not fit its schema.
         * @enum {string}
         */
        Validation: "off" | "warn" | "enforce";
        /** @description What a delivery waits for. */
        Wait: {
            /** @description The id of the delivery that comes before it, with the reason `order`. */
            behind?: string | null;
            reason: components["schemas"]["WaitReason"];
            /**
             * Format: date-time
             * @description Until when at the least, if that is known.
             */
            until?: string | null;
        };
        /**
         * @description What an owed delivery waits for.
         * @enum {string}
         */
        WaitReason: "time" | "rate" | "order" | "breaker" | "pause" | "slot" | "batch" | "machine" | "webhook_paused" | "webhook_disabled" | "store" | "turn" | "answer" | "unknown";
        /** @description A webhook. Credentials are shown as `[redacted]`. */
        Webhook: {
            /** @description Only events about these. */
            assets?: components["schemas"]["Assets"] | null;
            /** @description How requests authenticate. */
            auth: components["schemas"]["Auth"];
            /** @description Many events in one request. */
            batch?: components["schemas"]["Batch"] | null;
            /** @description What happened so far. */
            counters: components["schemas"]["WebhookCounters"];
            /** Format: date-time */
            created_at: string;
            /** @description For people. */
            description: string;
            /**
             * Format: int64
             * @description Disable it after this many failed attempts in a row.
             */
            disable_after?: number | null;
            /** @description Which events; `*` means all. */
            event_types: components["schemas"]["EventTypePattern"][];
            /** @description What was filled in for the platform. */
            fields: {
                [key: string]: string;
            };
            /** @description Only events for which this holds. */
            filter?: components["schemas"]["Filter"] | null;
            /** @description Whether requests are signed. */
            has_secret: boolean;
            /** @description Extra request headers, with the values of those in `public_headers`. */
            headers: {
                [key: string]: string;
            };
            /** @description How its receiver does. */
            health: components["schemas"]["Health"];
            /** @description The caller's own id, or a generated one. */
            id: components["schemas"]["WebhookId"];
            /**
             * Format: int64
             * @description Requests in flight at one time, at most.
             */
            max_concurrency: number;
            /** @description The tenant's own notes. */
            metadata: {
                [key: string]: string;
            };
            /** @description For people. */
            name: string;
            /** @description For whoever looks after it. */
            note: string;
            /** @description What is kept in order. */
            ordering: components["schemas"]["Ordering"];
            /** @description What a request's body is; null: the platform's, or `standard`. */
            payload?: components["schemas"]["Payload"] | null;
            /** @description The preset for a known receiver. */
            platform?: components["schemas"]["PlatformId"] | null;
            /** @description Which of `headers` are shown with their values. */
            public_headers: string[];
            /** @description What receivers verify with, if it signs with Ed25519. */
            public_key?: string | null;
            /** @description How often it may be sent to. */
            rate_limit?: components["schemas"]["RateLimit"] | null;
            /** @description When to try again after a failed attempt. */
            retry: components["schemas"]["RetryPolicy"];
            /** @description What `retry` comes to: how many attempts, and how long between them. */
            retry_plan: components["schemas"]["RetryPlan"];
            /** @description The secret, in the answer that makes the webhook and nowhere else. */
            secret?: string | null;
            /** @description Whether it is tried once an hour while it is disabled for failing. */
            self_heal: boolean;
            /** @description How requests are signed. */
            signing: components["schemas"]["Signing"];
            /** @description Whether it is marked as one to look at first. */
            starred: boolean;
            /** @description Whether it is delivered to, held, or off. */
            status: components["schemas"]["Status"];
            /** @description Why it is disabled, while it is. */
            status_reason?: components["schemas"]["DisableReason"] | null;
            /** @description For the whole request. */
            timeout: components["schemas"]["Duration"];
            /** Format: date-time */
            updated_at: string;
            /**
             * @description Where requests go. Where a platform has credentials in its URLs, they are shown as `…`.
             * @example https://example.com/hook
             */
            url: string;
            /** @description Whether the receiver's certificate is checked. */
            verify_tls: boolean;
            /**
             * Format: int64
             * @description Grows with every change.
             */
            version: number;
            /** @description What was kept as it was sent and is hardly meant, in the answer that keeps it: a pattern that matches no known event type, a filter's number as text, a secret that can be guessed. */
            warnings?: components["schemas"]["FieldError"][];
        };
        /** @description What happened to a webhook's deliveries so far. */
        WebhookCounters: {
            /**
             * Format: int64
             * @description Failed attempts since the last success.
             */
            consecutive_failures: number;
            /**
             * Format: int64
             * @description Deliveries that the receiver has.
             */
            delivered: number;
            /**
             * Format: int64
             * @description Deliveries given up.
             */
            failed: number;
            /** Format: date-time */
            last_attempt_at?: string | null;
            /** Format: date-time */
            last_failure_at?: string | null;
            /** Format: date-time */
            last_success_at?: string | null;
        };
        /** @description How many webhooks are in which state. */
        WebhookCounts: {
            /** Format: int64 */
            degraded: number;
            /** Format: int64 */
            disabled: number;
            /** Format: int64 */
            failing: number;
            /** Format: int64 */
            healthy: number;
            /** Format: int64 */
            paused: number;
        };
        /** @description A webhook that is being written. Nothing is required. */
        WebhookDraft: {
            /** @description Only events about these assets: a shorthand for a filter on `data.symbol` and `data.sector`. */
            assets?: components["schemas"]["Assets"] | null;
            /** @description How requests authenticate. */
            auth?: null | components["schemas"]["Auth"];
            /** @description Many events in one request. Null: one by one. */
            batch?: components["schemas"]["Batch"] | null;
            /** @description For people; at most 2,000 characters. */
            description?: string | null;
            /**
             * Format: int32
             * @description Disable it after this many failed attempts in a row: 1 to 10,000. Null: only after 5 days of nothing else.
             */
            disable_after?: number | null;
            /**
             * @description Which events: exact names (`price.alert`), how names begin (`price.*`, `price_*`), or `*` for all, which `all` and nothing said mean, too. Our own notices have to be named: `lanehook.*`. Default: `["*"]`.
             * @example [
             *       "price.*"
             *     ]
             */
            event_types?: components["schemas"]["EventTypePattern"][] | null;
            /** @description What the platform asks to be filled in, like a chat's id or a key. Null is taken, too, for none. */
            fields?: {
                [key: string]: string;
            };
            /** @description Only events for which this holds, like `{"data": {"price": {"$gte": 180}}}`. */
            filter?: components["schemas"]["Filter"] | null;
            /** @description Extra request headers, at most 32. Their values are credentials, and shown as `[redacted]`, but for those of `public_headers`. Null is taken, too, for none. */
            headers?: {
                [key: string]: string;
            };
            /**
             * Format: int32
             * @description Requests in flight at one time, at most: 1 to 1,000. Default: `16`.
             */
            max_concurrency?: number | null;
            /** @description The tenant's own notes: at most 50 entries, keys to 64 and values to 512 characters. Null is taken, too, for none. */
            metadata?: {
                [key: string]: string;
            };
            /**
             * @description For people; at most 200 characters.
             * @example Price alerts
             */
            name?: string | null;
            /**
             * @description For whoever looks after it, like whom to call when it fails; at most 2,000 characters.
             * @example Their gateway restarts at 6; call the desk after that.
             */
            note?: string | null;
            /** @description What is kept in order. */
            ordering?: null | components["schemas"]["Ordering"];
            /** @description What a request's body is; otherwise the platform's, or `standard`. */
            payload?: components["schemas"]["Payload"] | null;
            /** @description A preset for a known receiver, like `slack`: its payload, limits, address and answers. `GET /platforms` lists them. */
            platform?: null | components["schemas"]["KnownPlatform"];
            /**
             * @description Names of `headers` whose values are no secret, and so are shown.
             * @example [
             *       "X-Team"
             *     ]
             */
            public_headers?: string[] | null;
            /** @description How often it may be sent to; deliveries over it wait. Null means as often as it can take; left out, a platform's own rate holds. */
            rate_limit?: components["schemas"]["RateLimit"] | null;
            /** @description When to try again after a failed attempt. */
            retry?: null | components["schemas"]["RetryPolicy"];
            /** @description The caller's own secret, which is warned of if it is shorter than 24 characters; `whsk_…` is an Ed25519 signing key. Null: requests are not signed. Left out: one is generated for a new webhook, and stays as it is for an old one. */
            secret?: string | null;
            secret_type?: null | components["schemas"]["SecretType"];
            /** @description When it was disabled for failing: try once an hour with a test event, and make it active again when that arrives within 10 s. */
            self_heal?: boolean | null;
            /** @description How requests are signed. */
            signing?: null | components["schemas"]["Signing"];
            /** @description Whether it is marked as one to look at first. */
            starred?: boolean | null;
            /** @description Whether it is delivered to, held, or off. */
            status?: null | components["schemas"]["Status"];
            /** @description For the whole request, to the last byte of the answer: 100ms to 60s. Default: `"10s"`. */
            timeout?: null | components["schemas"]["Timeout"];
            /** @description Where requests go: https, publicly reachable, without user name or password. */
            url?: null | components["schemas"]["TargetUrl"];
            /** @description Check the receiver's TLS certificate. Turning it off is possible only where the operator allows it. Default: `true`. */
            verify_tls?: boolean | null;
        };
        /**
         * @description A webhook's id, the caller's own or a generated one: letters, digits, `_`, `-`, `.`, `:` and `@`.
         * @example user-42
         */
        WebhookId: string;
        /** @description A webhook as it is ordered. Only `url` is required, and not where the platform has an address for everybody or makes it of the fields. */
        WebhookInput: {
            /** @description Only events about these assets: a shorthand for a filter on `data.symbol` and `data.sector`. */
            assets?: components["schemas"]["Assets"] | null;
            /** @description How requests authenticate. */
            auth?: null | components["schemas"]["Auth"];
            /** @description Many events in one request. Null: one by one. */
            batch?: components["schemas"]["Batch"] | null;
            /** @description For people; at most 2,000 characters. */
            description?: string | null;
            /**
             * Format: int32
             * @description Disable it after this many failed attempts in a row: 1 to 10,000. Null: only after 5 days of nothing else.
             */
            disable_after?: number | null;
            /**
             * @description Which events: exact names (`price.alert`), how names begin (`price.*`, `price_*`), or `*` for all, which `all` and nothing said mean, too. Our own notices have to be named: `lanehook.*`. Default: `["*"]`.
             * @example [
             *       "price.*"
             *     ]
             */
            event_types?: components["schemas"]["EventTypePattern"][] | null;
            /** @description What the platform asks to be filled in, like a chat's id or a key. Null is taken, too, for none. */
            fields?: {
                [key: string]: string;
            };
            /** @description Only events for which this holds, like `{"data": {"price": {"$gte": 180}}}`. */
            filter?: components["schemas"]["Filter"] | null;
            /** @description Extra request headers, at most 32. Their values are credentials, and shown as `[redacted]`, but for those of `public_headers`. Null is taken, too, for none. */
            headers?: {
                [key: string]: string;
            };
            /**
             * Format: int32
             * @description Requests in flight at one time, at most: 1 to 1,000. Default: `16`.
             */
            max_concurrency?: number | null;
            /** @description The tenant's own notes: at most 50 entries, keys to 64 and values to 512 characters. Null is taken, too, for none. */
            metadata?: {
                [key: string]: string;
            };
            /**
             * @description For people; at most 200 characters.
             * @example Price alerts
             */
            name?: string | null;
            /**
             * @description For whoever looks after it, like whom to call when it fails; at most 2,000 characters.
             * @example Their gateway restarts at 6; call the desk after that.
             */
            note?: string | null;
            /** @description What is kept in order. */
            ordering?: null | components["schemas"]["Ordering"];
            /** @description What a request's body is; otherwise the platform's, or `standard`. */
            payload?: components["schemas"]["Payload"] | null;
            /** @description A preset for a known receiver, like `slack`: its payload, limits, address and answers. `GET /platforms` lists them. */
            platform?: null | components["schemas"]["KnownPlatform"];
            /**
             * @description Names of `headers` whose values are no secret, and so are shown.
             * @example [
             *       "X-Team"
             *     ]
             */
            public_headers?: string[] | null;
            /** @description How often it may be sent to; deliveries over it wait. Null means as often as it can take; left out, a platform's own rate holds. */
            rate_limit?: components["schemas"]["RateLimit"] | null;
            /** @description When to try again after a failed attempt. */
            retry?: null | components["schemas"]["RetryPolicy"];
            /** @description The caller's own secret, which is warned of if it is shorter than 24 characters; `whsk_…` is an Ed25519 signing key. Null: requests are not signed. Left out: one is generated for a new webhook, and stays as it is for an old one. */
            secret?: string | null;
            secret_type?: null | components["schemas"]["SecretType"];
            /** @description When it was disabled for failing: try once an hour with a test event, and make it active again when that arrives within 10 s. */
            self_heal?: boolean | null;
            /** @description How requests are signed. */
            signing?: null | components["schemas"]["Signing"];
            /** @description Whether it is marked as one to look at first. */
            starred?: boolean | null;
            /** @description Whether it is delivered to, held, or off. */
            status?: null | components["schemas"]["Status"];
            /** @description For the whole request, to the last byte of the answer: 100ms to 60s. Default: `"10s"`. */
            timeout?: null | components["schemas"]["Timeout"];
            /** @description Where requests go: https, publicly reachable, without user name or password. */
            url?: null | components["schemas"]["TargetUrl"];
            /** @description Check the receiver's TLS certificate. Turning it off is possible only where the operator allows it. Default: `true`. */
            verify_tls?: boolean | null;
        };
        /** @description One page of a list. */
        WebhookList: {
            /**
             * Format: int64
             * @description How many there are on all pages, where `count=true` asks for it: 10,000 at most.
             */
            count?: number | null;
            /** @description Whether there may be more than `count` says: 10,000 were looked at, and there are others. */
            count_is_capped?: boolean | null;
            /** @description What is on this page: fewer than `limit` also where more would be too large for one answer, and perhaps none where it is asked for by event type, since one page looks only so far: at 10,000, as a rule. */
            data: components["schemas"]["Webhook"][];
            /** @description Whether there is a next page. */
            has_more: boolean;
            /** @description Give it as `cursor` for the next page; null on the last one. */
            next_cursor?: components["schemas"]["Cursor"] | null;
            /** @description Give it as `cursor` for the page before; null on the first one. */
            previous_cursor?: components["schemas"]["Cursor"] | null;
        };
        /** @description A JSON merge patch (RFC 7396): what is left out stays, null sets back to the default, but for `rate_limit`, which it takes away. Choosing another kind of `auth`, `retry` or `payload` replaces the old one, and so does a filter. */
        WebhookPatch: {
            /** @description Only events about these assets: a shorthand for a filter on `data.symbol` and `data.sector`. */
            assets?: components["schemas"]["Assets"] | null;
            /** @description How requests authenticate. */
            auth?: null | components["schemas"]["Auth"];
            /** @description Many events in one request. Null: one by one. */
            batch?: components["schemas"]["Batch"] | null;
            /** @description For people; at most 2,000 characters. */
            description?: string | null;
            /**
             * Format: int32
             * @description Disable it after this many failed attempts in a row: 1 to 10,000. Null: only after 5 days of nothing else.
             */
            disable_after?: number | null;
            /**
             * @description Which events: exact names (`price.alert`), how names begin (`price.*`, `price_*`), or `*` for all, which `all` and nothing said mean, too. Our own notices have to be named: `lanehook.*`. Default: `["*"]`.
             * @example [
             *       "price.*"
             *     ]
             */
            event_types?: components["schemas"]["EventTypePattern"][] | null;
            /** @description What the platform asks to be filled in, like a chat's id or a key. Null is taken, too, for none. */
            fields?: {
                [key: string]: string | null;
            };
            /** @description Only events for which this holds, like `{"data": {"price": {"$gte": 180}}}`. */
            filter?: components["schemas"]["Filter"] | null;
            /** @description Extra request headers, at most 32. Their values are credentials, and shown as `[redacted]`, but for those of `public_headers`. Null is taken, too, for none. */
            headers?: {
                [key: string]: string | null;
            };
            /**
             * Format: int32
             * @description Requests in flight at one time, at most: 1 to 1,000.
             */
            max_concurrency?: number | null;
            /** @description The tenant's own notes: at most 50 entries, keys to 64 and values to 512 characters. Null is taken, too, for none. */
            metadata?: {
                [key: string]: string | null;
            };
            /**
             * @description For people; at most 200 characters.
             * @example Price alerts
             */
            name?: string | null;
            /**
             * @description For whoever looks after it, like whom to call when it fails; at most 2,000 characters.
             * @example Their gateway restarts at 6; call the desk after that.
             */
            note?: string | null;
            /** @description What is kept in order. */
            ordering?: null | components["schemas"]["Ordering"];
            /** @description What a request's body is; otherwise the platform's, or `standard`. */
            payload?: components["schemas"]["Payload"] | null;
            /** @description A preset for a known receiver, like `slack`: its payload, limits, address and answers. `GET /platforms` lists them. */
            platform?: null | components["schemas"]["KnownPlatform"];
            /**
             * @description Names of `headers` whose values are no secret, and so are shown.
             * @example [
             *       "X-Team"
             *     ]
             */
            public_headers?: string[] | null;
            /** @description How often it may be sent to; deliveries over it wait. Null means as often as it can take; left out, a platform's own rate holds. */
            rate_limit?: components["schemas"]["RateLimit"] | null;
            /** @description When to try again after a failed attempt. */
            retry?: null | components["schemas"]["RetryPolicy"];
            /** @description The caller's own secret, which is warned of if it is shorter than 24 characters; `whsk_…` is an Ed25519 signing key. Null: requests are not signed. Left out: one is generated for a new webhook, and stays as it is for an old one. */
            secret?: string | null;
            /** @description When it was disabled for failing: try once an hour with a test event, and make it active again when that arrives within 10 s. */
            self_heal?: boolean | null;
            /** @description How requests are signed. */
            signing?: null | components["schemas"]["Signing"];
            /** @description Whether it is marked as one to look at first. */
            starred?: boolean | null;
            /** @description Whether it is delivered to, held, or off. */
            status?: null | components["schemas"]["Status"];
            /** @description For the whole request, to the last byte of the answer: 100ms to 60s. */
            timeout?: null | components["schemas"]["Timeout"];
            /** @description Where requests go: https, publicly reachable, without user name or password. */
            url?: null | components["schemas"]["TargetUrl"];
            /** @description Check the receiver's TLS certificate. Turning it off is possible only where the operator allows it. */
            verify_tls?: boolean | null;
        };
        /** @description What a webhook signs with. */
        WebhookSecret: {
            /**
             * Format: date-time
             * @description Until when secrets before this one sign, too.
             */
            previous_expires_at?: string | null;
            /** @description What receivers verify with, if the secret is an Ed25519 signing key. */
            public_key?: string | null;
            /**
             * @description Null: requests are not signed.
             * @example whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw
             */
            secret?: string | null;
            /** @description What is doubtful about it: that it is short enough to be guessed. */
            warnings?: components["schemas"]["FieldError"][];
        };
        /** @description How a webhook did lately. */
        WebhookStats: components["schemas"]["WebhookCounters"] & components["schemas"]["Lately"] & {
            /** @description How its receiver does. */
            health: components["schemas"]["Health"];
        };
        /** @description What an event is to a webhook. */
        WebhookVerdict: {
            /**
             * Format: date-time
             * @description When the webhook was made.
             */
            created_at: string;
            /** @description What the event came to when it was published, or was sent again. Null where it made no delivery: the webhook was made or changed later, or did not match then. Of several the newest. */
            delivery?: components["schemas"]["OwnDelivery"] | null;
            /** @description Whether the event would go to it, by what it is set to now. */
            matches: boolean;
            /** @description Why it would not. */
            mismatch?: components["schemas"]["Mismatch"] | null;
            /** @description Its name, for people. */
            name: string;
            /** @description Whether it is delivered to. What matches a paused one is held. */
            status: components["schemas"]["Status"];
            /**
             * Format: date-time
             * @description When it was last changed.
             */
            updated_at: string;
            /** @description The webhook's id. */
            webhook: components["schemas"]["WebhookId"];
        };
        /** @description One page of a list. */
        WebhookVerdictList: {
            /**
             * Format: int64
             * @description How many there are on all pages, where `count=true` asks for it: 10,000 at most.
             */
            count?: number | null;
            /** @description Whether there may be more than `count` says: 10,000 were looked at, and there are others. */
            count_is_capped?: boolean | null;
            /** @description What is on this page: fewer than `limit` also where more would be too large for one answer, and perhaps none where it is asked for by event type, since one page looks only so far: at 10,000, as a rule. */
            data: components["schemas"]["WebhookVerdict"][];
            /** @description Whether there is a next page. */
            has_more: boolean;
            /** @description Give it as `cursor` for the next page; null on the last one. */
            next_cursor?: components["schemas"]["Cursor"] | null;
            /** @description Give it as `cursor` for the page before; null on the first one. */
            previous_cursor?: components["schemas"]["Cursor"] | null;
        };
    };
    responses: {
        /** @description What went wrong, and how to mend it */
        Problem: {
            headers: {
                /** @description Seconds to wait, with 429, 503 and 507 */
                "Retry-After"?: number;
                /** @description Names the request */
                "x-request-id"?: string;
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "code": "invalid_body",
                 *       "detail": "/url: the scheme `ftp` is not possible; use https",
                 *       "errors": [
                 *         {
                 *           "message": "the scheme `ftp` is not possible; use https",
                 *           "pointer": "/url"
                 *         }
                 *       ],
                 *       "request_id": "req_06f3n1qk2v0g0",
                 *       "status": 400,
                 *       "title": "The body is not as it should be",
                 *       "type": "urn:lanehook:problem:invalid_body"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    listApiKeys: {
        parameters: {
            query?: {
                /** @description How many at most: 1 to 250, by default 50. */
                limit?: number;
                /** @description `next_cursor` of the page before, or `previous_cursor` of the page behind. */
                cursor?: components["schemas"]["Cursor"];
                /** @description Whether to count how many there are on all pages: `count` and `count_is_capped` of the answer. */
                count?: boolean;
            };
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of keys */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "created_at": "2026-11-30T00:53:34.624Z",
                     *           "expires_at": null,
                     *           "hint": "the-oper",
                     *           "id": "key_0cpbh9wj00000",
                     *           "last_used_at": null,
                     *           "name": "operator (bootstrap)",
                     *           "rate_limit": null,
                     *           "scopes": [
                     *             "events:write",
                     *             "events:read",
                     *             "webhooks:write",
                     *             "webhooks:read",
                     *             "secrets",
                     *             "deliveries:read",
                     *             "deliveries:write",
                     *             "keys",
                     *             "catalogue:read",
                     *             "catalogue:write",
                     *             "tenants"
                     *           ],
                     *           "tenant": null
                     *         }
                     *       ],
                     *       "has_more": false,
                     *       "next_cursor": null,
                     *       "previous_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["ApiKeyList"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    createApiKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ApiKeyInput"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "created_at": "2026-11-30T00:53:42.496Z",
                     *       "expires_at": null,
                     *       "hint": "lhk_bZOu",
                     *       "id": "key_0cpbhaby00000",
                     *       "key": "lhk_bZOujE2Dgz-LMhQ7Gb0ziIUvl2t6CgcFRcvmvQhTC40",
                     *       "last_used_at": null,
                     *       "name": "trading backend",
                     *       "rate_limit": null,
                     *       "scopes": [
                     *         "events:write"
                     *       ],
                     *       "tenant": "acme"
                     *     }
                     */
                    "application/json": components["schemas"]["ApiKey"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            408: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    deleteApiKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path: {
                /** @description The key's id (`key_…`) */
                id: components["schemas"]["ApiKeyId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Revoked */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    scrubAttempt: {
        parameters: {
            query?: never;
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path: {
                /** @description The attempt's id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is scrubbed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "in_log": false,
                     *       "scrubbed_at": "2026-01-31T12:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Scrubbed"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    listAudit: {
        parameters: {
            query?: {
                /** @description Only of this action; several times: of one of these. */
                action?: components["schemas"]["AuditAction"][];
                /** @description Only by this actor: the id of an API key (with the sessions that came from it), of a session, or the name of one of the server's jobs. */
                actor?: string;
                /** @description Only about what has this id or name. */
                subject?: string;
                /** @description Only those at or after this time. */
                from?: string;
                /** @description Only those before this time. */
                to?: string;
                /** @description How many at most: 1 to 250, by default 50. */
                limit?: number;
                /** @description `next_cursor` of the page before, or `previous_cursor` of the page behind. */
                cursor?: components["schemas"]["Cursor"];
                /** @description Whether to count how many there are on all pages: `count` and `count_is_capped` of the answer. */
                count?: boolean;
            };
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of lines */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "action": "tenant.changed",
                     *           "actor": {
                     *             "id": "key_0b5ngpv000000",
                     *             "key": "key_0b5ngpv000000",
                     *             "kind": "key",
                     *             "name": "operator (bootstrap)",
                     *             "operator": true
                     *           },
                     *           "address": "127.0.0.1",
                     *           "after": {
                     *             "notices": {
                     *               "failing_after": "5m",
                     *               "failure_share": 50,
                     *               "key_expires": null,
                     *               "mail_to": [],
                     *               "oldest_due": "10m",
                     *               "quota_near": null
                     *             }
                     *           },
                     *           "at": "2026-01-31T12:00:00.000Z",
                     *           "before": {
                     *             "notices": {
                     *               "failing_after": null,
                     *               "failure_share": null,
                     *               "key_expires": null,
                     *               "mail_to": [],
                     *               "oldest_due": null,
                     *               "quota_near": null
                     *             }
                     *           },
                     *           "hash": "e9e201f77177fb08d6af161973817ac67145d61f1708426b1cdfbeb86026dcfa",
                     *           "id": "aud_0b5ngpv000039",
                     *           "previous": "4f4e5c1f959945d2bbdeba52fe380cd22c6fc7dac02a524df82388e610e27af9",
                     *           "subject": {
                     *             "id": "default",
                     *             "kind": "tenant"
                     *           },
                     *           "tenant": "default"
                     *         }
                     *       ],
                     *       "has_more": false,
                     *       "next_cursor": null,
                     *       "previous_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["AuditLineList"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    exportAudit: {
        parameters: {
            query?: {
                /** @description Only of this action; several times: of one of these. */
                action?: components["schemas"]["AuditAction"][];
                /** @description Only by this actor: the id of an API key (with the sessions that came from it), of a session, or the name of one of the server's jobs. */
                actor?: string;
                /** @description Only about what has this id or name. */
                subject?: string;
                /** @description Only those at or after this time. */
                from?: string;
                /** @description Only those before this time. */
                to?: string;
                /** @description How to write it. */
                format?: "ndjson" | "csv";
                /** @description Only what comes after this line: the last of an export that was broken off, or of yesterday's. */
                after?: components["schemas"]["AuditId"];
            };
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The lines */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": string;
                    "text/csv": string;
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    listDeliveries: {
        parameters: {
            query?: {
                /** @description Only of the webhook with this id, also if it was deleted, and of those that had it before. */
                webhook?: components["schemas"]["WebhookId"];
                /** @description Only of the event with this id. */
                event?: string;
                /** @description Only in this status; several times: in one of these. */
                status?: components["schemas"]["DeliveryStatus"][];
                /** @description Only of events of this type; several times: of one of these. */
                event_type?: components["schemas"]["EventTypeName"][];
                /** @description Only tests of webhooks (`POST /webhooks/{id}/test`), or with `false` only what is none. */
                test?: boolean;
                /** @description Only of events accepted at or after this time. */
                from?: string;
                /** @description Only of events accepted before this time. */
                to?: string;
                /** @description How many at most: 1 to 250, by default 50. */
                limit?: number;
                /** @description `next_cursor` of the page before, or `previous_cursor` of the page behind. */
                cursor?: components["schemas"]["Cursor"];
                /** @description Whether to count how many there are on all pages: `count` and `count_is_capped` of the answer. */
                count?: boolean;
            };
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of deliveries */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "attempt_count": 1,
                     *           "cancel_reason": null,
                     *           "created_at": "2026-01-31T12:00:00.000Z",
                     *           "event": "evt_0b5ngpv00001b",
                     *           "event_type": "price_alert",
                     *           "finished_at": "2026-01-31T12:00:00.000Z",
                     *           "id": "dlv_0b5ngpv00001f",
                     *           "last_error": null,
                     *           "last_error_message": null,
                     *           "last_status": 200,
                     *           "message_id": "evt_0b5ngpv00001b",
                     *           "next_attempt_at": null,
                     *           "replay": null,
                     *           "replay_of": null,
                     *           "status": "delivered",
                     *           "summary": "Price alert: ACME 187.5 ▲",
                     *           "test": false,
                     *           "url": "https://example.com/hook",
                     *           "waits_for": null,
                     *           "webhook": "wh_0b5ngpv000005"
                     *         }
                     *       ],
                     *       "has_more": false,
                     *       "next_cursor": null,
                     *       "previous_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["DeliveryList"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    cancelDeliveries: {
        parameters: {
            query?: never;
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ManyInput"];
            };
        };
        responses: {
            /** @description How many there are, for a dry run */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "action": "cancel",
                     *       "count": 0,
                     *       "event_types": [],
                     *       "failures": [],
                     *       "from": null,
                     *       "more": false,
                     *       "new_id": false,
                     *       "notes": [],
                     *       "rate": null,
                     *       "skipped": 0,
                     *       "statuses": [
                     *         "pending",
                     *         "retrying"
                     *       ],
                     *       "takes_seconds": null,
                     *       "to": null,
                     *       "webhook": "user-42"
                     *     }
                     */
                    "application/json": components["schemas"]["ReplayEstimate"];
                };
            };
            /** @description It goes on by itself */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Replay"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            408: components["responses"]["Problem"];
            /** @description As many are running as a tenant may have */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    groupDeliveries: {
        parameters: {
            query?: {
                /** @description In which status: `failed` by default. */
                status?: components["schemas"]["DeliveryStatus"];
                /** @description Only of the webhook with this id, also if it was deleted, and of those that had it before. */
                webhook?: components["schemas"]["WebhookId"];
                /** @description Only of events accepted at or after this time. */
                from?: string;
                /** @description Only of events accepted before this time. */
                to?: string;
                /** @description By webhook and what went wrong last (`failure`, the default), or by the type of the event, too (`event_type`). */
                by?: "failure" | "event_type";
            };
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The groups */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [],
                     *       "looked_at": 0,
                     *       "more": false,
                     *       "more_groups": false
                     *     }
                     */
                    "application/json": components["schemas"]["DeliveryGroups"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    retryDeliveries: {
        parameters: {
            query?: never;
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ManyInput"];
            };
        };
        responses: {
            /** @description How many there are, for a dry run */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "action": "retry",
                     *       "count": 0,
                     *       "event_types": [],
                     *       "failures": [
                     *         "timeout"
                     *       ],
                     *       "from": null,
                     *       "more": false,
                     *       "new_id": false,
                     *       "notes": [],
                     *       "rate": null,
                     *       "skipped": 0,
                     *       "statuses": [
                     *         "failed"
                     *       ],
                     *       "takes_seconds": null,
                     *       "to": null,
                     *       "webhook": null
                     *     }
                     */
                    "application/json": components["schemas"]["ReplayEstimate"];
                };
            };
            /** @description It goes on by itself */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Replay"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            408: components["responses"]["Problem"];
            /** @description As many are running as a tenant may have */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    readDelivery: {
        parameters: {
            query?: never;
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path: {
                /** @description The delivery's id */
                id: components["schemas"]["DeliveryId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The delivery */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "attempt_count": 1,
                     *       "attempts": [
                     *         {
                     *           "error": null,
                     *           "id": "att_0b5ngpv00000q",
                     *           "number": 1,
                     *           "remark": null,
                     *           "remote": "127.0.0.1:35231",
                     *           "request": {
                     *             "body": {
                     *               "content": "{\"id\":\"evt_0b5ngpv00001b\",\"type\":\"price_alert\",\"timestamp\":\"2026-01-31T12:00:00.000Z\",\"data\":{\"direction\":\"above\",\"price\":187.5,\"symbol\":\"ACME\",\"threshold\":180}}",
                     *               "encoding": "utf8"
                     *             },
                     *             "headers": [
                     *               {
                     *                 "name": "host",
                     *                 "value": "127.0.0.1:35231"
                     *               },
                     *               {
                     *                 "name": "content-type",
                     *                 "value": "application/json"
                     *               },
                     *               {
                     *                 "name": "content-length",
                     *                 "value": "161"
                     *               },
                     *               {
                     *                 "name": "user-agent",
                     *                 "value": "lanehook/0.1.0"
                     *               },
                     *               {
                     *                 "name": "accept-encoding",
                     *                 "value": "identity"
                     *               },
                     *               {
                     *                 "name": "x-webhook-event",
                     *                 "value": "price_alert"
                     *               },
                     *               {
                     *                 "name": "x-webhook-delivery",
                     *                 "value": "dlv_0b5ngpv00001c"
                     *               },
                     *               {
                     *                 "name": "webhook-id",
                     *                 "value": "evt_0b5ngpv00001b"
                     *               },
                     *               {
                     *                 "name": "webhook-timestamp",
                     *                 "value": "1769860800"
                     *               },
                     *               {
                     *                 "name": "webhook-signature",
                     *                 "value": "v1,C/4efwoTSnSXtqNSofu1NkAJvJfHFF6GN3Tf6Cz0bIY="
                     *               }
                     *             ],
                     *             "method": "POST",
                     *             "truncated": false,
                     *             "url": "https://example.com/hook"
                     *           },
                     *           "response": {
                     *             "body": {
                     *               "content": "seen",
                     *               "encoding": "utf8"
                     *             },
                     *             "headers": [
                     *               {
                     *                 "name": "content-length",
                     *                 "value": "4"
                     *               }
                     *             ],
                     *             "status": 200,
                     *             "truncated": false
                     *           },
                     *           "scrubbed_at": null,
                     *           "started_at": "2026-01-31T12:00:00.000Z",
                     *           "timings": {
                     *             "connect_us": 0,
                     *             "dns_us": 0,
                     *             "first_byte_us": 91804,
                     *             "tls_us": 0,
                     *             "total_us": 91898
                     *           }
                     *         }
                     *       ],
                     *       "cancel_reason": null,
                     *       "created_at": "2026-01-31T12:00:00.000Z",
                     *       "event": "evt_0b5ngpv00001b",
                     *       "event_type": "price_alert",
                     *       "finished_at": "2026-01-31T12:00:00.000Z",
                     *       "id": "dlv_0b5ngpv00001c",
                     *       "last_error": null,
                     *       "last_error_message": null,
                     *       "last_status": 200,
                     *       "message_id": "evt_0b5ngpv00001b",
                     *       "next_attempt_at": null,
                     *       "planned_attempts": [],
                     *       "replay": null,
                     *       "replay_of": null,
                     *       "same_cause": null,
                     *       "status": "delivered",
                     *       "summary": "Price alert: ACME 187.5 ▲",
                     *       "test": false,
                     *       "url": "https://example.com/hook",
                     *       "usual": {
                     *         "count": 4,
                     *         "p50_ms": 25.268,
                     *         "p90_ms": 84.99,
                     *         "p95_ms": 84.99,
                     *         "p99_ms": 84.99
                     *       },
                     *       "waits_for": null,
                     *       "webhook": "user-42"
                     *     }
                     */
                    "application/json": components["schemas"]["DeliveryDetail"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    cancelDelivery: {
        parameters: {
            query?: never;
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path: {
                /** @description The delivery's id */
                id: components["schemas"]["DeliveryId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is cancelled */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "attempt_count": 0,
                     *       "cancel_reason": "by_request",
                     *       "created_at": "2026-01-31T12:00:00.000Z",
                     *       "event": "evt_0b5ngpv000012",
                     *       "event_type": "trade_executed",
                     *       "finished_at": "2026-01-31T12:00:00.000Z",
                     *       "id": "dlv_0b5ngpv000013",
                     *       "last_error": null,
                     *       "last_error_message": null,
                     *       "last_status": null,
                     *       "message_id": "evt_0b5ngpv000012",
                     *       "next_attempt_at": null,
                     *       "replay": null,
                     *       "replay_of": null,
                     *       "status": "cancelled",
                     *       "summary": "Trade executed: ACME 187.5",
                     *       "test": false,
                     *       "url": "https://example.com/hook",
                     *       "waits_for": null,
                     *       "webhook": "wh_0b5ngpv000003"
                     *     }
                     */
                    "application/json": components["schemas"]["Delivery"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            /** @description It is delivered or failed already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    replayDelivery: {
        parameters: {
            query?: {
                /** @description Sends it under the new delivery's id instead of the event's. */
                new_id?: boolean;
            };
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path: {
                /** @description The delivery's id */
                id: components["schemas"]["DeliveryId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The new delivery */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "attempt_count": 0,
                     *       "cancel_reason": null,
                     *       "created_at": "2026-01-31T12:00:00.000Z",
                     *       "event": "evt_0b5ngpv00001b",
                     *       "event_type": "price_alert",
                     *       "finished_at": null,
                     *       "id": "dlv_0b5ngpv00001k",
                     *       "last_error": null,
                     *       "last_error_message": null,
                     *       "last_status": null,
                     *       "message_id": "evt_0b5ngpv00001b",
                     *       "next_attempt_at": null,
                     *       "replay": null,
                     *       "replay_of": "dlv_0b5ngpv00001c",
                     *       "status": "pending",
                     *       "summary": "Price alert: ACME 187.5 ▲",
                     *       "test": false,
                     *       "url": "https://example.com/hook",
                     *       "waits_for": {
                     *         "reason": "webhook_paused",
                     *         "until": null
                     *       },
                     *       "webhook": "user-42"
                     *     }
                     */
                    "application/json": components["schemas"]["Delivery"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            /** @description It is still owed, or the webhook was deleted or is disabled */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    retryDelivery: {
        parameters: {
            query?: never;
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path: {
                /** @description The delivery's id */
                id: components["schemas"]["DeliveryId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is due now */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "attempt_count": 0,
                     *       "cancel_reason": null,
                     *       "created_at": "2026-01-31T12:00:00.000Z",
                     *       "event": "evt_0b5ngpv00000z",
                     *       "event_type": "trade_executed",
                     *       "finished_at": null,
                     *       "id": "dlv_0b5ngpv000010",
                     *       "last_error": null,
                     *       "last_error_message": null,
                     *       "last_status": null,
                     *       "message_id": "evt_0b5ngpv00000z",
                     *       "next_attempt_at": "2026-01-31T12:00:00.000Z",
                     *       "replay": null,
                     *       "replay_of": null,
                     *       "status": "pending",
                     *       "summary": "Trade executed: ACME 187.5",
                     *       "test": false,
                     *       "url": "https://example.com/hook",
                     *       "waits_for": {
                     *         "reason": "turn",
                     *         "until": null
                     *       },
                     *       "webhook": "wh_0b5ngpv000003"
                     *     }
                     */
                    "application/json": components["schemas"]["Delivery"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            /** @description It is delivered, or a test, or the webhook was deleted or is disabled */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    listEventTypes: {
        parameters: {
            query?: {
                /** @description Only those in this status. */
                status?: components["schemas"]["EntryStatus"];
                /** @description Only those of this group. */
                group?: string;
                /** @description How many at most: 1 to 250, by default 50. */
                limit?: number;
                /** @description `next_cursor` of the page before, or `previous_cursor` of the page behind. */
                cursor?: components["schemas"]["Cursor"];
                /** @description Whether to count how many there are on all pages: `count` and `count_is_capped` of the answer. */
                count?: boolean;
            };
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of event types */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "description": "A fruit was picked from its tree.",
                     *           "group": "fruit",
                     *           "name": "fruit.picked",
                     *           "revision": 4,
                     *           "status": "deprecated",
                     *           "title": "Fruit picked",
                     *           "updated_at": "2026-11-30T00:53:45.364Z",
                     *           "versions": [
                     *             {
                     *               "created_at": "2026-11-30T00:53:42.700Z",
                     *               "deprecated": false,
                     *               "example": {
                     *                 "kind": "apple",
                     *                 "weight": 182.5
                     *               },
                     *               "schema": {
                     *                 "properties": {
                     *                   "kind": {
                     *                     "enum": [
                     *                       "apple",
                     *                       "pear"
                     *                     ]
                     *                   },
                     *                   "weight": {
                     *                     "minimum": 0,
                     *                     "type": "number"
                     *                   }
                     *                 },
                     *                 "required": [
                     *                   "kind",
                     *                   "weight"
                     *                 ],
                     *                 "type": "object"
                     *               },
                     *               "version": 1
                     *             },
                     *             {
                     *               "created_at": "2026-11-30T00:53:45.328Z",
                     *               "deprecated": false,
                     *               "example": {
                     *                 "kind": "pear",
                     *                 "tree": 7,
                     *                 "weight": 170
                     *               },
                     *               "schema": {
                     *                 "properties": {
                     *                   "kind": {
                     *                     "enum": [
                     *                       "apple",
                     *                       "pear"
                     *                     ]
                     *                   },
                     *                   "tree": {
                     *                     "type": "integer"
                     *                   },
                     *                   "weight": {
                     *                     "minimum": 0,
                     *                     "type": "number"
                     *                   }
                     *                 },
                     *                 "required": [
                     *                   "kind",
                     *                   "weight"
                     *                 ],
                     *                 "type": "object"
                     *               },
                     *               "version": 2
                     *             }
                     *           ]
                     *         }
                     *       ],
                     *       "has_more": false,
                     *       "next_cursor": null,
                     *       "previous_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["EventTypeList"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    importEventTypes: {
        parameters: {
            query?: never;
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Import"];
            };
        };
        responses: {
            /** @description What was imported */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "created": [
                     *         "fruit.picked"
                     *       ],
                     *       "replaced": [],
                     *       "unchanged": []
                     *     }
                     */
                    "application/json": components["schemas"]["Imported"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            408: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    readEventType: {
        parameters: {
            query?: never;
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
                /** @description The versions that you have (ETags) */
                "If-None-Match"?: string;
            };
            path: {
                /** @description The event type's name */
                name: components["schemas"]["EventTypeName"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The event type */
            200: {
                headers: {
                    /** @description Names its revision */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "description": "A fruit was picked from its tree.",
                     *       "group": "fruit",
                     *       "name": "fruit.picked",
                     *       "revision": 4,
                     *       "status": "deprecated",
                     *       "title": "Fruit picked",
                     *       "updated_at": "2026-11-30T00:53:45.364Z",
                     *       "versions": [
                     *         {
                     *           "created_at": "2026-11-30T00:53:42.700Z",
                     *           "deprecated": false,
                     *           "example": {
                     *             "kind": "apple",
                     *             "weight": 182.5
                     *           },
                     *           "schema": {
                     *             "properties": {
                     *               "kind": {
                     *                 "enum": [
                     *                   "apple",
                     *                   "pear"
                     *                 ]
                     *               },
                     *               "weight": {
                     *                 "minimum": 0,
                     *                 "type": "number"
                     *               }
                     *             },
                     *             "required": [
                     *               "kind",
                     *               "weight"
                     *             ],
                     *             "type": "object"
                     *           },
                     *           "version": 1
                     *         },
                     *         {
                     *           "created_at": "2026-11-30T00:53:45.328Z",
                     *           "deprecated": false,
                     *           "example": {
                     *             "kind": "pear",
                     *             "tree": 7,
                     *             "weight": 170
                     *           },
                     *           "schema": {
                     *             "properties": {
                     *               "kind": {
                     *                 "enum": [
                     *                   "apple",
                     *                   "pear"
                     *                 ]
                     *               },
                     *               "tree": {
                     *                 "type": "integer"
                     *               },
                     *               "weight": {
                     *                 "minimum": 0,
                     *                 "type": "number"
                     *               }
                     *             },
                     *             "required": [
                     *               "kind",
                     *               "weight"
                     *             ],
                     *             "type": "object"
                     *           },
                     *           "version": 2
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["EventType"];
                };
            };
            /** @description You have this revision */
            304: {
                headers: {
                    /** @description Names its revision */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    putEventType: {
        parameters: {
            query?: never;
            header?: {
                /** @description Replace only this revision (ETag) */
                "If-Match"?: string | null;
                /** @description `*`: only create */
                "If-None-Match"?: string | null;
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path: {
                /** @description Letters, digits, `_` and `-`, in parts separated by dots */
                name: components["schemas"]["EventTypeName"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EventTypeInput"];
            };
        };
        responses: {
            /** @description Replaced */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "breaks": [],
                     *       "description": "A fruit was picked from its tree.",
                     *       "group": "fruit",
                     *       "name": "fruit.picked",
                     *       "revision": 2,
                     *       "status": "active",
                     *       "title": "Fruit picked",
                     *       "updated_at": "2026-11-30T00:53:45.197Z",
                     *       "versions": [
                     *         {
                     *           "created_at": "2026-11-30T00:53:42.700Z",
                     *           "deprecated": false,
                     *           "example": {
                     *             "kind": "apple",
                     *             "weight": 182.5
                     *           },
                     *           "schema": {
                     *             "properties": {
                     *               "kind": {
                     *                 "enum": [
                     *                   "apple",
                     *                   "pear"
                     *                 ]
                     *               },
                     *               "weight": {
                     *                 "minimum": 0,
                     *                 "type": "number"
                     *               }
                     *             },
                     *             "required": [
                     *               "kind",
                     *               "weight"
                     *             ],
                     *             "type": "object"
                     *           },
                     *           "version": 1
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ChangedEventType"];
                };
            };
            /** @description Made */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChangedEventType"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            408: components["responses"]["Problem"];
            /** @description It was changed at the same time */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It is not the revision you expect */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    deleteEventType: {
        parameters: {
            query?: never;
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path: {
                /** @description The event type's name */
                name: components["schemas"]["EventTypeName"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    changeEventType: {
        parameters: {
            query?: never;
            header?: {
                /** @description Change only this revision (ETag) */
                "If-Match"?: string | null;
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path: {
                /** @description The event type's name */
                name: components["schemas"]["EventTypeName"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/merge-patch+json": {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description Changed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "breaks": [],
                     *       "description": "A fruit was picked from its tree.",
                     *       "group": "fruit",
                     *       "name": "fruit.picked",
                     *       "revision": 4,
                     *       "status": "deprecated",
                     *       "title": "Fruit picked",
                     *       "updated_at": "2026-11-30T00:53:45.364Z",
                     *       "versions": [
                     *         {
                     *           "created_at": "2026-11-30T00:53:42.700Z",
                     *           "deprecated": false,
                     *           "example": {
                     *             "kind": "apple",
                     *             "weight": 182.5
                     *           },
                     *           "schema": {
                     *             "properties": {
                     *               "kind": {
                     *                 "enum": [
                     *                   "apple",
                     *                   "pear"
                     *                 ]
                     *               },
                     *               "weight": {
                     *                 "minimum": 0,
                     *                 "type": "number"
                     *               }
                     *             },
                     *             "required": [
                     *               "kind",
                     *               "weight"
                     *             ],
                     *             "type": "object"
                     *           },
                     *           "version": 1
                     *         },
                     *         {
                     *           "created_at": "2026-11-30T00:53:45.328Z",
                     *           "deprecated": false,
                     *           "example": {
                     *             "kind": "pear",
                     *             "tree": 7,
                     *             "weight": 170
                     *           },
                     *           "schema": {
                     *             "properties": {
                     *               "kind": {
                     *                 "enum": [
                     *                   "apple",
                     *                   "pear"
                     *                 ]
                     *               },
                     *               "tree": {
                     *                 "type": "integer"
                     *               },
                     *               "weight": {
                     *                 "minimum": 0,
                     *                 "type": "number"
                     *               }
                     *             },
                     *             "required": [
                     *               "kind",
                     *               "weight"
                     *             ],
                     *             "type": "object"
                     *           },
                     *           "version": 2
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ChangedEventType"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            408: components["responses"]["Problem"];
            /** @description It was changed at the same time */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It is not the revision you expect */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    sampleEvent: {
        parameters: {
            query?: {
                /** @description Of this version; otherwise the newest that is not deprecated. */
                version?: number;
                /** @description The same number makes the same sample; otherwise the version's example is answered. */
                seed?: number;
            };
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path: {
                /** @description The event type's name */
                name: components["schemas"]["EventTypeName"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The event */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": {
                     *         "kind": "pear",
                     *         "tree": 7,
                     *         "weight": 170
                     *       },
                     *       "type": "fruit.picked",
                     *       "version": 2
                     *     }
                     */
                    "application/json": components["schemas"]["SampleEvent"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    addEventTypeVersion: {
        parameters: {
            query?: {
                /** @description Only say what would happen. */
                dry_run?: boolean;
            };
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path: {
                /** @description The event type's name */
                name: components["schemas"]["EventTypeName"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SchemaVersionInput"];
            };
        };
        responses: {
            /** @description What it would be */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "breaks": [],
                     *       "description": "A fruit was picked from its tree.",
                     *       "group": "fruit",
                     *       "name": "fruit.picked",
                     *       "revision": 3,
                     *       "status": "active",
                     *       "title": "Fruit picked",
                     *       "updated_at": "2026-11-30T00:53:45.340Z",
                     *       "versions": [
                     *         {
                     *           "created_at": "2026-11-30T00:53:42.700Z",
                     *           "deprecated": false,
                     *           "example": {
                     *             "kind": "apple",
                     *             "weight": 182.5
                     *           },
                     *           "schema": {
                     *             "properties": {
                     *               "kind": {
                     *                 "enum": [
                     *                   "apple",
                     *                   "pear"
                     *                 ]
                     *               },
                     *               "weight": {
                     *                 "minimum": 0,
                     *                 "type": "number"
                     *               }
                     *             },
                     *             "required": [
                     *               "kind",
                     *               "weight"
                     *             ],
                     *             "type": "object"
                     *           },
                     *           "version": 1
                     *         },
                     *         {
                     *           "created_at": "2026-11-30T00:53:45.328Z",
                     *           "deprecated": false,
                     *           "example": {
                     *             "kind": "pear",
                     *             "tree": 7,
                     *             "weight": 170
                     *           },
                     *           "schema": {
                     *             "properties": {
                     *               "kind": {
                     *                 "enum": [
                     *                   "apple",
                     *                   "pear"
                     *                 ]
                     *               },
                     *               "tree": {
                     *                 "type": "integer"
                     *               },
                     *               "weight": {
                     *                 "minimum": 0,
                     *                 "type": "number"
                     *               }
                     *             },
                     *             "required": [
                     *               "kind",
                     *               "weight"
                     *             ],
                     *             "type": "object"
                     *           },
                     *           "version": 2
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ChangedEventType"];
                };
            };
            /** @description Added */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChangedEventType"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            408: components["responses"]["Problem"];
            /** @description It was changed at the same time */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    listEvents: {
        parameters: {
            query?: {
                /** @description Only events of this type; several times: of one of these. */
                type?: components["schemas"]["EventTypeName"][];
                /** @description Only those accepted at or after this time. */
                from?: string;
                /** @description Only those accepted before this time. */
                to?: string;
                /** @description How many at most: 1 to 250, by default 50. */
                limit?: number;
                /** @description `next_cursor` of the page before, or `previous_cursor` of the page behind. */
                cursor?: components["schemas"]["Cursor"];
                /** @description Whether to count how many there are on all pages: `count` and `count_is_capped` of the answer. */
                count?: boolean;
            };
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of events */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "accepted_at": "2026-01-31T12:00:00.000Z",
                     *           "correlation_id": null,
                     *           "data": {
                     *             "direction": "above",
                     *             "price": 187.5,
                     *             "symbol": "ACME",
                     *             "threshold": 180
                     *           },
                     *           "deliveries": 4,
                     *           "deliveries_to_come": 0,
                     *           "id": "evt_0b5ngpv00001b",
                     *           "metadata": null,
                     *           "ordering_key": null,
                     *           "scrubbed_at": null,
                     *           "source": null,
                     *           "test": false,
                     *           "timestamp": "2026-01-31T12:00:00.000Z",
                     *           "traceparent": null,
                     *           "type": "price_alert",
                     *           "version": null
                     *         }
                     *       ],
                     *       "has_more": false,
                     *       "next_cursor": null,
                     *       "previous_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["EventList"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    publishEvents: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request safe to repeat for 24 hours */
                "Idempotency-Key"?: components["schemas"]["IdempotencyKey"] | null;
                /** @description The trace that the events are part of, unless they say so themselves (W3C Trace Context) */
                traceparent?: components["schemas"]["TraceParent"] | null;
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Publication"];
            };
        };
        responses: {
            /** @description Kept */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "deliveries": 4,
                     *       "duplicate": false,
                     *       "id": "evt_0cpbhamgw0000",
                     *       "timestamp": "2026-11-30T00:53:46.894Z",
                     *       "type": "price_alert"
                     *     }
                     */
                    "application/json": components["schemas"]["Receipt"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            408: components["responses"]["Problem"];
            /** @description The id belongs to a different event */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            /** @description Too many requests (`too_many_requests`), or the tenant has as much as its quota allows: deliveries that it is owed (`too_much_owed`), bytes of events (`too_much_kept`). `Retry-After` says when to try again */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            /** @description The disk is nearly full, or it is short and the tenant keeps more than others (`disk_full`): nothing was kept. `Retry-After` says when to try again */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readEvent: {
        parameters: {
            query?: never;
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path: {
                /** @description The event's id */
                id: components["schemas"]["EventId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The event */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "accepted_at": "2026-01-31T12:00:00.000Z",
                     *       "correlation_id": "order-4711",
                     *       "data": {
                     *         "direction": "above",
                     *         "price": 187.5,
                     *         "symbol": "ACME",
                     *         "threshold": 180
                     *       },
                     *       "deliveries": 4,
                     *       "deliveries_to_come": 0,
                     *       "id": "alert-4711",
                     *       "metadata": {
                     *         "region": "eu"
                     *       },
                     *       "ordering_key": "ACME",
                     *       "scrubbed_at": null,
                     *       "source": "/alerts",
                     *       "test": false,
                     *       "timestamp": "2026-03-01T10:00:00.000Z",
                     *       "traceparent": null,
                     *       "type": "price_alert",
                     *       "version": null
                     *     }
                     */
                    "application/json": components["schemas"]["Event"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    listDeliveriesOfEvent: {
        parameters: {
            query?: {
                /** @description Only in this status; several times: in one of these. */
                status?: components["schemas"]["DeliveryStatus"][];
                /** @description Only of events of this type; several times: of one of these. */
                event_type?: components["schemas"]["EventTypeName"][];
                /** @description Only tests of webhooks (`POST /webhooks/{id}/test`), or with `false` only what is none. */
                test?: boolean;
                /** @description Only of events accepted at or after this time. */
                from?: string;
                /** @description Only of events accepted before this time. */
                to?: string;
                /** @description How many at most: 1 to 250, by default 50. */
                limit?: number;
                /** @description `next_cursor` of the page before, or `previous_cursor` of the page behind. */
                cursor?: components["schemas"]["Cursor"];
                /** @description Whether to count how many there are on all pages: `count` and `count_is_capped` of the answer. */
                count?: boolean;
            };
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path: {
                /** @description The event's id */
                id: components["schemas"]["EventId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of deliveries */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "attempt_count": 1,
                     *           "cancel_reason": null,
                     *           "created_at": "2026-01-31T12:00:00.000Z",
                     *           "event": "alert-4711",
                     *           "event_type": "price_alert",
                     *           "finished_at": "2026-01-31T12:00:00.000Z",
                     *           "id": "dlv_0b5ngpv00000k",
                     *           "last_error": null,
                     *           "last_error_message": null,
                     *           "last_status": 200,
                     *           "message_id": "alert-4711",
                     *           "next_attempt_at": null,
                     *           "replay": null,
                     *           "replay_of": null,
                     *           "status": "delivered",
                     *           "summary": "Price alert: ACME 187.5 ▲",
                     *           "test": false,
                     *           "url": "https://example.com/hook",
                     *           "waits_for": null,
                     *           "webhook": "wh_0b5ngpv000005"
                     *         }
                     *       ],
                     *       "has_more": false,
                     *       "next_cursor": null,
                     *       "previous_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["DeliveryList"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    scrubEvent: {
        parameters: {
            query?: never;
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path: {
                /** @description The event's id */
                id: components["schemas"]["EventId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is scrubbed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "in_log": false,
                     *       "scrubbed_at": "2026-01-31T12:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Scrubbed"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            /** @description A delivery of it is still owed: wait, or cancel it */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    listWebhooksOfEvent: {
        parameters: {
            query?: {
                /** @description How many at most: 1 to 250, by default 50. */
                limit?: number;
                /** @description `next_cursor` of the page before, or `previous_cursor` of the page behind. */
                cursor?: components["schemas"]["Cursor"];
                /** @description Whether to count how many there are on all pages: `count` and `count_is_capped` of the answer. */
                count?: boolean;
            };
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path: {
                /** @description The event's id */
                id: components["schemas"]["EventId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of webhooks */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "created_at": "2026-01-31T12:00:00.000Z",
                     *           "delivery": null,
                     *           "matches": false,
                     *           "mismatch": {
                     *             "clauses": [
                     *               {
                     *                 "found": 2.36,
                     *                 "operator": "$gte",
                     *                 "path": "/data/change_percent",
                     *                 "shortened": false,
                     *                 "wanted": 5
                     *               }
                     *             ],
                     *             "more": false,
                     *             "reason": "filter"
                     *           },
                     *           "name": "Moves of 5 % and more",
                     *           "status": "active",
                     *           "updated_at": "2026-01-31T12:00:00.000Z",
                     *           "webhook": "wh_0b5ngpv000005"
                     *         }
                     *       ],
                     *       "has_more": false,
                     *       "next_cursor": null,
                     *       "previous_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["WebhookVerdictList"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    tryFilter: {
        parameters: {
            query?: never;
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TrialInput"];
            };
        };
        responses: {
            /** @description What would have matched */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "complete": true,
                     *       "from": "2026-01-31T12:00:00.000Z",
                     *       "looked_at": 2,
                     *       "matched": 1,
                     *       "matching": [
                     *         {
                     *           "accepted_at": "2026-01-31T12:00:00.000Z",
                     *           "id": "alert-4711",
                     *           "mismatch": null,
                     *           "type": "price_alert"
                     *         }
                     *       ],
                     *       "not_matching": [
                     *         {
                     *           "accepted_at": "2026-01-31T12:00:00.000Z",
                     *           "id": "alert-4710",
                     *           "mismatch": {
                     *             "clauses": [
                     *               {
                     *                 "found": 172.5,
                     *                 "operator": "$gte",
                     *                 "path": "/data/price",
                     *                 "shortened": false,
                     *                 "wanted": 180
                     *               }
                     *             ],
                     *             "more": false,
                     *             "reason": "filter"
                     *           },
                     *           "type": "price_alert"
                     *         }
                     *       ],
                     *       "to": "2026-01-31T12:00:00.000Z",
                     *       "verdicts": [
                     *         true,
                     *         false
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["FilterTrial"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            408: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    listInspectors: {
        parameters: {
            query?: {
                /** @description How many at most: 1 to 250, by default 50. */
                limit?: number;
                /** @description `next_cursor` of the page before, or `previous_cursor` of the page behind. */
                cursor?: components["schemas"]["Cursor"];
                /** @description Whether to count how many there are on all pages: `count` and `count_is_capped` of the answer. */
                count?: boolean;
            };
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of inspectors */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "body": "come back later",
                     *           "created_at": "2026-01-31T12:00:00.000Z",
                     *           "delay": "0s",
                     *           "expires_at": "2026-02-01T12:00:00.000Z",
                     *           "forgotten_count": 0,
                     *           "headers": {
                     *             "retry-after": "30"
                     *           },
                     *           "id": "ins_127eczfx7etyjeehfz768gffza",
                     *           "last_request_at": "2026-01-31T12:00:00.000Z",
                     *           "name": "busy",
                     *           "public_url": null,
                     *           "request_count": 1,
                     *           "status": 503,
                     *           "url": "lanehook://inspect/ins_127eczfx7etyjeehfz768gffza"
                     *         }
                     *       ],
                     *       "has_more": false,
                     *       "next_cursor": null,
                     *       "previous_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["InspectorList"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    createInspector: {
        parameters: {
            query?: never;
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["InspectorInput"] | null;
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "body": "",
                     *       "created_at": "2026-01-31T12:00:00.000Z",
                     *       "delay": "0s",
                     *       "expires_at": "2026-02-01T12:00:00.000Z",
                     *       "forgotten_count": 0,
                     *       "headers": {},
                     *       "id": "ins_47sdczc7pd81zvnjmnn8ag5h9t",
                     *       "last_request_at": null,
                     *       "name": "",
                     *       "public_url": null,
                     *       "request_count": 0,
                     *       "status": 200,
                     *       "url": "lanehook://inspect/ins_47sdczc7pd81zvnjmnn8ag5h9t"
                     *     }
                     */
                    "application/json": components["schemas"]["Inspector"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            408: components["responses"]["Problem"];
            /** @description The tenant has as many as it may (`quota_reached`) */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    readInspector: {
        parameters: {
            query?: never;
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path: {
                /** @description The inspector's id */
                id: components["schemas"]["InspectorId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The inspector */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "body": "come back later",
                     *       "created_at": "2026-01-31T12:00:00.000Z",
                     *       "delay": "0s",
                     *       "expires_at": "2026-02-01T12:00:00.000Z",
                     *       "forgotten_count": 0,
                     *       "headers": {
                     *         "retry-after": "30"
                     *       },
                     *       "id": "ins_127eczfx7etyjeehfz768gffza",
                     *       "last_request_at": "2026-01-31T12:00:00.000Z",
                     *       "name": "busy",
                     *       "public_url": null,
                     *       "request_count": 1,
                     *       "status": 503,
                     *       "url": "lanehook://inspect/ins_127eczfx7etyjeehfz768gffza"
                     *     }
                     */
                    "application/json": components["schemas"]["Inspector"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    deleteInspector: {
        parameters: {
            query?: never;
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path: {
                /** @description The inspector's id */
                id: components["schemas"]["InspectorId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    changeInspector: {
        parameters: {
            query?: never;
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path: {
                /** @description The inspector's id */
                id: components["schemas"]["InspectorId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InspectorInput"];
                "application/merge-patch+json": components["schemas"]["InspectorInput"];
            };
        };
        responses: {
            /** @description Changed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "body": "come back later",
                     *       "created_at": "2026-01-31T12:00:00.000Z",
                     *       "delay": "12s",
                     *       "expires_at": "2026-02-01T12:00:00.000Z",
                     *       "forgotten_count": 0,
                     *       "headers": {
                     *         "retry-after": "30"
                     *       },
                     *       "id": "ins_127eczfx7etyjeehfz768gffza",
                     *       "last_request_at": "2026-01-31T12:00:00.000Z",
                     *       "name": "busy",
                     *       "public_url": null,
                     *       "request_count": 1,
                     *       "status": 503,
                     *       "url": "lanehook://inspect/ins_127eczfx7etyjeehfz768gffza"
                     *     }
                     */
                    "application/json": components["schemas"]["Inspector"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            408: components["responses"]["Problem"];
            /** @description There is no memory left for it (`quota_reached`) */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    listInspectedRequests: {
        parameters: {
            query?: {
                /** @description How many at most: 1 to 250, by default 50. */
                limit?: number;
                /** @description `next_cursor` of the page before, or `previous_cursor` of the page behind. */
                cursor?: components["schemas"]["Cursor"];
                /** @description Whether to count how many there are on all pages: `count` and `count_is_capped` of the answer. */
                count?: boolean;
            };
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path: {
                /** @description The inspector's id */
                id: components["schemas"]["InspectorId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of requests */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "answer": {
                     *             "at": "2026-01-31T12:00:00.000Z",
                     *             "body": "come back later",
                     *             "headers": [
                     *               {
                     *                 "name": "retry-after",
                     *                 "value": "30"
                     *               },
                     *               {
                     *                 "name": "content-type",
                     *                 "value": "text/plain; charset=utf-8"
                     *               }
                     *             ],
                     *             "status": 503
                     *           },
                     *           "body": {
                     *             "content": "{\"id\":\"test_0b5ngpv018hy7\",\"type\":\"price_alert\",\"timestamp\":\"2026-01-31T12:00:00.000Z\",\"data\":{\"alert_id\":\"alr_7Qm2x\",\"asset_class\":\"equity\",\"change\":5.34,\"change_percent\":2.36,\"company\":\"Apple Inc.\",\"condition\":\"crosses_above\",\"currency\":\"USD\",\"exchange\":\"XNAS\",\"message\":\"Apple trades at 231.45 USD, 2.36 % up on the day, and has crossed your target of 230.00 USD.\",\"previous_price\":226.11,\"price\":231.45,\"quoted_at\":\"2026-01-29T15:42:10Z\",\"sector\":\"technology\",\"severity\":\"warning\",\"symbol\":\"AAPL\",\"target\":230,\"title\":\"AAPL above 230.00\",\"url\":\"https://example.com/quote/AAPL\"}}",
                     *             "encoding": "utf8"
                     *           },
                     *           "delivery": "dlv_0b5ngpv00001p",
                     *           "from": null,
                     *           "gave_up_after": null,
                     *           "headers": [
                     *             {
                     *               "name": "host",
                     *               "value": "inspect"
                     *             },
                     *             {
                     *               "name": "content-type",
                     *               "value": "application/json"
                     *             },
                     *             {
                     *               "name": "content-length",
                     *               "value": "582"
                     *             },
                     *             {
                     *               "name": "user-agent",
                     *               "value": "lanehook/0.1.0"
                     *             },
                     *             {
                     *               "name": "accept-encoding",
                     *               "value": "identity"
                     *             },
                     *             {
                     *               "name": "x-webhook-event",
                     *               "value": "price_alert"
                     *             },
                     *             {
                     *               "name": "x-webhook-delivery",
                     *               "value": "dlv_0b5ngpv00001p"
                     *             },
                     *             {
                     *               "name": "webhook-id",
                     *               "value": "test_0b5ngpv018hy7"
                     *             },
                     *             {
                     *               "name": "webhook-timestamp",
                     *               "value": "1769860800"
                     *             },
                     *             {
                     *               "name": "webhook-signature",
                     *               "value": "v1,tMZJTGLQyrJ2U+/nsAwBYFomORYXuS3vCQ5wAmmZI2Q="
                     *             }
                     *           ],
                     *           "method": "POST",
                     *           "number": 1,
                     *           "path": "/",
                     *           "received_at": "2026-01-31T12:00:00.000Z",
                     *           "signature": {
                     *             "reason": null,
                     *             "secrets": [
                     *               "current"
                     *             ],
                     *             "state": "verified"
                     *           },
                     *           "size": 582,
                     *           "truncated": false,
                     *           "webhook": "wh_0b5ngpv000008"
                     *         }
                     *       ],
                     *       "has_more": false,
                     *       "next_cursor": null,
                     *       "previous_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["InspectedRequestList"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    deleteInspectedRequests: {
        parameters: {
            query?: never;
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path: {
                /** @description The inspector's id */
                id: components["schemas"]["InspectorId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Emptied */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    watchLive: {
        parameters: {
            query?: {
                /**
                 * @description Only this: `event`, `delivery`, `webhook`, `health`, `inspector`.
                 * @example delivery,health
                 */
                kind?: string;
                /**
                 * @description Only what is about these webhooks.
                 * @example user-42,user-43
                 */
                webhook?: string;
                /**
                 * @description Only deliveries that are in one of these statuses now.
                 * @example retrying,failed
                 */
                status?: string;
                /**
                 * @description Only what is about events of these types.
                 * @example price.alert
                 */
                event_type?: string;
            };
            header?: {
                /** @description The `id` of the last message that was read */
                "Last-Event-ID"?: string | null;
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The stream */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            /** @description The tenant has as many readers as it may */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    readNoticeSettings: {
        parameters: {
            query?: never;
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is set, and what holds */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "failing_after": null,
                     *       "failure_share": null,
                     *       "in_force": {
                     *         "failing_after": "0s",
                     *         "failure_share": null,
                     *         "key_expires": "7d",
                     *         "oldest_due": null,
                     *         "quota_near": 80
                     *       },
                     *       "key_expires": null,
                     *       "mail": "off",
                     *       "mail_to": [],
                     *       "oldest_due": null,
                     *       "quota_near": null
                     *     }
                     */
                    "application/json": components["schemas"]["NoticeSettingsInForce"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    changeNoticeSettings: {
        parameters: {
            query?: never;
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NoticeSettings"];
                "application/merge-patch+json": components["schemas"]["NoticeSettings"];
            };
        };
        responses: {
            /** @description Changed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "failing_after": "5m",
                     *       "failure_share": 50,
                     *       "in_force": {
                     *         "failing_after": "5m",
                     *         "failure_share": 50,
                     *         "key_expires": "7d",
                     *         "oldest_due": "10m",
                     *         "quota_near": 80
                     *       },
                     *       "key_expires": null,
                     *       "mail": "off",
                     *       "mail_to": [],
                     *       "oldest_due": "10m",
                     *       "quota_near": null
                     *     }
                     */
                    "application/json": components["schemas"]["NoticeSettingsInForce"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            408: components["responses"]["Problem"];
            /** @description The tenant was changed at the same time */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    readOverview: {
        parameters: {
            query?: never;
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How everything is */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "at": "2026-01-31T12:00:00.000Z",
                     *       "half_hours": {
                     *         "deliveries": [
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           13
                     *         ],
                     *         "failed": [
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0
                     *         ],
                     *         "from": "2026-01-30T12:30:00.000Z",
                     *         "seconds": 1800,
                     *         "succeeded": [
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           13
                     *         ],
                     *         "throttled": [
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0
                     *         ]
                     *       },
                     *       "in_trouble": [],
                     *       "last_24h": {
                     *         "attempts": 13,
                     *         "cancelled": 1,
                     *         "delivered": 13,
                     *         "delivered_in": {
                     *           "count": 13,
                     *           "p50_ms": 3.158,
                     *           "p90_ms": 7.512,
                     *           "p95_ms": 7.512,
                     *           "p99_ms": 7.512
                     *         },
                     *         "deliveries": 13,
                     *         "event_bytes": 259,
                     *         "events": 4,
                     *         "failed": 0,
                     *         "failures": {},
                     *         "first_try_success_rate": 1,
                     *         "oldest_owed_seconds": null,
                     *         "phases": {
                     *           "connect": {
                     *             "count": 3,
                     *             "p50_ms": 1.328,
                     *             "p90_ms": 1.878,
                     *             "p95_ms": 1.878,
                     *             "p99_ms": 1.878
                     *           },
                     *           "dns": null,
                     *           "first_byte": {
                     *             "count": 13,
                     *             "p50_ms": 3.158,
                     *             "p90_ms": 6.317,
                     *             "p95_ms": 7.512,
                     *             "p99_ms": 7.512
                     *           },
                     *           "tls": null
                     *         },
                     *         "request_time": {
                     *           "count": 13,
                     *           "p50_ms": 3.158,
                     *           "p90_ms": 7.512,
                     *           "p95_ms": 7.512,
                     *           "p99_ms": 7.512
                     *         },
                     *         "requests": 13,
                     *         "statuses": {
                     *           "2xx": 13
                     *         },
                     *         "success_rate": 1
                     *       },
                     *       "last_hour": {
                     *         "attempts": 13,
                     *         "cancelled": 1,
                     *         "delivered": 13,
                     *         "delivered_in": {
                     *           "count": 13,
                     *           "p50_ms": 3.158,
                     *           "p90_ms": 7.512,
                     *           "p95_ms": 7.512,
                     *           "p99_ms": 7.512
                     *         },
                     *         "deliveries": 13,
                     *         "event_bytes": 259,
                     *         "events": 4,
                     *         "failed": 0,
                     *         "failures": {},
                     *         "first_try_success_rate": 1,
                     *         "oldest_owed_seconds": null,
                     *         "phases": {
                     *           "connect": {
                     *             "count": 3,
                     *             "p50_ms": 1.328,
                     *             "p90_ms": 1.878,
                     *             "p95_ms": 1.878,
                     *             "p99_ms": 1.878
                     *           },
                     *           "dns": null,
                     *           "first_byte": {
                     *             "count": 13,
                     *             "p50_ms": 3.158,
                     *             "p90_ms": 6.317,
                     *             "p95_ms": 7.512,
                     *             "p99_ms": 7.512
                     *           },
                     *           "tls": null
                     *         },
                     *         "request_time": {
                     *           "count": 13,
                     *           "p50_ms": 3.158,
                     *           "p90_ms": 7.512,
                     *           "p95_ms": 7.512,
                     *           "p99_ms": 7.512
                     *         },
                     *         "requests": 13,
                     *         "statuses": {
                     *           "2xx": 13
                     *         },
                     *         "success_rate": 1
                     *       },
                     *       "minutes": {
                     *         "deliveries": [
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           13
                     *         ],
                     *         "failed": [
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0
                     *         ],
                     *         "from": "2026-01-31T11:01:00.000Z",
                     *         "seconds": 60,
                     *         "succeeded": [
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           13
                     *         ],
                     *         "throttled": [
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0
                     *         ]
                     *       },
                     *       "owed": {
                     *         "count": 0,
                     *         "oldest_at": null,
                     *         "oldest_of": null
                     *       },
                     *       "webhooks": {
                     *         "degraded": 0,
                     *         "disabled": 0,
                     *         "failing": 0,
                     *         "healthy": 5,
                     *         "paused": 1
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Overview"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    listPlatforms: {
        parameters: {
            query?: {
                /** @description Only those of this kind. */
                category?: components["schemas"]["Category"];
                /** @description Only those that are fit for events of this type. */
                event_type?: components["schemas"]["EventTypeName"];
                /** @description How many at most: 1 to 250, by default 50. */
                limit?: number;
                /** @description `next_cursor` of the page before, or `previous_cursor` of the page behind. */
                cursor?: components["schemas"]["Cursor"];
                /** @description Whether to count how many there are on all pages: `count` and `count_is_capped` of the answer. */
                count?: boolean;
            };
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of platforms */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "category": "other",
                     *           "color": "#6b7280",
                     *           "description": "Any receiver: the payload is what the webhook's settings say",
                     *           "documentation": "https://www.standardwebhooks.com/",
                     *           "fields": [],
                     *           "icon": "🛠️",
                     *           "id": "custom",
                     *           "method": "POST",
                     *           "name": "Custom",
                     *           "payload_format": "json",
                     *           "rate_limit": null,
                     *           "setup": [
                     *             "Enter the URL that takes POST requests",
                     *             "Verify the signature with the webhook's secret, and answer 2xx once the event is kept"
                     *           ],
                     *           "supported_events": [
                     *             "*"
                     *           ],
                     *           "template": null,
                     *           "url": {
                     *             "example": "https://example.com/hook",
                     *             "host": null,
                     *             "optional": false,
                     *             "path": null
                     *           }
                     *         }
                     *       ],
                     *       "has_more": false,
                     *       "next_cursor": null,
                     *       "previous_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["PlatformList"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    readPlatform: {
        parameters: {
            query?: never;
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path: {
                /** @description The platform's id */
                id: components["schemas"]["PlatformId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The platform */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "category": "chat",
                     *       "color": "#26a5e4",
                     *       "description": "Messages from a bot to a chat, group or channel",
                     *       "documentation": "https://core.telegram.org/bots/api#sendmessage",
                     *       "fields": [
                     *         {
                     *           "default": null,
                     *           "description": "from @BotFather, like 123456789:AbCdEf…; not needed if the URL holds it",
                     *           "id": "bot_token",
                     *           "pattern": "^(?:[0-9]{5,20}:[A-Za-z0-9_-]{20,100})$",
                     *           "required": false,
                     *           "secret": true,
                     *           "title": "Bot token"
                     *         },
                     *         {
                     *           "default": null,
                     *           "description": "a number like -1001234567890, or a public channel's @name",
                     *           "id": "chat_id",
                     *           "pattern": "^(?:-?[0-9]{1,20}|@[A-Za-z0-9_]{4,32})$",
                     *           "required": true,
                     *           "secret": false,
                     *           "title": "Chat"
                     *         },
                     *         {
                     *           "default": null,
                     *           "description": "the number of a topic (message_thread_id), in groups that have topics",
                     *           "id": "topic_id",
                     *           "pattern": "^(?:[0-9]{1,18})$",
                     *           "required": false,
                     *           "secret": false,
                     *           "title": "Topic"
                     *         }
                     *       ],
                     *       "icon": "✈️",
                     *       "id": "telegram",
                     *       "method": "POST",
                     *       "name": "Telegram",
                     *       "payload_format": "json",
                     *       "rate_limit": {
                     *         "limit": 20,
                     *         "per": "minute"
                     *       },
                     *       "setup": [
                     *         "In Telegram, write /newbot to @BotFather and copy the token that it gives",
                     *         "Add the bot to the group or channel, or write to it once",
                     *         "Find the chat's id: @username for a public channel, or `chat.id` at https://api.telegram.org/bot<token>/getUpdates"
                     *       ],
                     *       "supported_events": [
                     *         "*"
                     *       ],
                     *       "template": "{\n  \"chat_id\": {{ fields.chat_id }},\n  {% if fields.topic_id %}\"message_thread_id\": {{ fields.topic_id | int }},{% endif %}\n  \"parse_mode\": \"HTML\",\n  \"link_preview_options\": {% if card.image %}{\"url\": {{ card.image }}, \"prefer_large_media\": true}{% else %}{\"is_disabled\": true}{% endif %},\n  \"text\": \"<b>{{ card.emoji }} {{ card.title | html_escape }}</b>\n    {%- if card.text %}\\n\\n{{ card.text | truncate(2000, unit='utf16') | html_escape }}{% endif %}\n    {%- if card.fields %}\\n{% endif %}\n    {%- for field in card.fields %}\\n<b>{{ field.name | html_escape }}:</b>{% if '\\n' in field.value %}\\n{% else %} {% endif %}{{ field.value | truncate(200, unit='utf16') | html_escape }}{% endfor %}\n    {%- if card.url %}\\n\\n<a href=\\\"{{ card.url | html_escape }}\\\">Open</a>{% endif %}\n    {{- '\\n\\n' }}<i>{{ type }} · {{ timestamp | time('%-d %b %Y, %H:%M UTC') }}</i>\"\n}\n",
                     *       "url": {
                     *         "example": "https://api.telegram.org/bot123456789:AbCdEfGhIjKlMnOpQrStUvWxYz012345678/sendMessage",
                     *         "host": "^(?:api\\.telegram\\.org)$",
                     *         "optional": true,
                     *         "path": "^(?:/bot(?<secret>[0-9]+:[A-Za-z0-9_-]+)(/test)?/sendMessage)$"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Platform"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    createPortalLink: {
        parameters: {
            query?: never;
            header?: {
                /** @description Whose things the request is about, for operators' keys; they have to name it */
                Tenant?: components["schemas"]["TenantId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PortalLinkInput"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "expires_at": "2026-01-31T12:05:00.000Z",
                     *       "session_seconds": 3600,
                     *       "url": "/portal?link=ses_0b5ngpv000004#lhl_wfOpZnFL7FLZ19IQLGmFSBjY6KhYhPGVDbnDbf-lLVg"
                     *     }
                     */
                    "application/json": components["schemas"]["PortalLink"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            408: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    renderPayload: {
        parameters: {
            query?: never;
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PreviewInput"];
            };
        };
        responses: {
            /** @description What would be sent */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "error": null,
                     *       "event": {
                     *         "data": {
                     *           "direction": "above",
                     *           "price": 187.5,
                     *           "symbol": "ACME",
                     *           "threshold": 180
                     *         },
                     *         "id": "test_0b5ngpv00a07b",
                     *         "timestamp": "2026-01-31T12:00:00.000Z",
                     *         "type": "price_alert"
                     *       },
                     *       "matches": true,
                     *       "mismatch": null,
                     *       "request": {
                     *         "body": {
                     *           "content": "{\"attachments\":[{\"blocks\":[{\"text\":{\"emoji\":false,\"text\":\"📈 Price alert: ACME 187.5 ▲\",\"type\":\"plain_text\"},\"type\":\"header\"},{\"fields\":[{\"text\":\"*Threshold*\\n180\",\"type\":\"mrkdwn\"},{\"text\":\"*Direction*\\nabove\",\"type\":\"mrkdwn\"}],\"type\":\"section\"},{\"elements\":[{\"text\":\"price_alert · <!date^1769860800^{date_short_pretty} {time}|31 Jan 2026, 12:00 UTC>\",\"type\":\"mrkdwn\"}],\"type\":\"context\"}],\"color\":\"#22a06b\",\"fallback\":\"Price alert: ACME 187.5 ▲\"}]}",
                     *           "encoding": "utf8"
                     *         },
                     *         "content_type": "application/json",
                     *         "headers": [
                     *           {
                     *             "name": "host",
                     *             "value": "hooks.slack.com"
                     *           },
                     *           {
                     *             "name": "content-type",
                     *             "value": "application/json"
                     *           },
                     *           {
                     *             "name": "content-length",
                     *             "value": "455"
                     *           },
                     *           {
                     *             "name": "user-agent",
                     *             "value": "lanehook/0.1.0"
                     *           },
                     *           {
                     *             "name": "accept-encoding",
                     *             "value": "identity"
                     *           },
                     *           {
                     *             "name": "x-webhook-event",
                     *             "value": "price_alert"
                     *           },
                     *           {
                     *             "name": "x-webhook-delivery",
                     *             "value": "dlv_0b5ngpv00a07b"
                     *           }
                     *         ],
                     *         "method": "POST",
                     *         "url": "https://hooks.slack.com/services/T00000000/B00000000/…"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Preview"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            408: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    listReplays: {
        parameters: {
            query?: {
                /** @description How many at most: 1 to 250, by default 50. */
                limit?: number;
                /** @description `next_cursor` of the page before, or `previous_cursor` of the page behind. */
                cursor?: components["schemas"]["Cursor"];
                /** @description Whether to count how many there are on all pages: `count` and `count_is_capped` of the answer. */
                count?: boolean;
            };
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of replays */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "action": "cancel",
                     *           "created_at": "2026-01-31T12:00:00.000Z",
                     *           "done": 0,
                     *           "event_types": [],
                     *           "expected": 0,
                     *           "expected_more": false,
                     *           "failures": [],
                     *           "finished_at": null,
                     *           "from": "2025-01-01T00:00:00.000Z",
                     *           "id": "rpl_0b5ngpv000019",
                     *           "new_id": false,
                     *           "rate": null,
                     *           "reached_at": "2024-12-31T23:59:59.999Z",
                     *           "seconds_left": null,
                     *           "skipped": 0,
                     *           "state": "running",
                     *           "statuses": [
                     *             "retrying"
                     *           ],
                     *           "to": "2025-12-31T00:00:00.000Z",
                     *           "waits_for": null,
                     *           "webhook": null
                     *         }
                     *       ],
                     *       "has_more": false,
                     *       "next_cursor": null,
                     *       "previous_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["ReplayList"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    beginReplay: {
        parameters: {
            query?: never;
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReplayInput"];
            };
        };
        responses: {
            /** @description How many there are, for a dry run */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "action": "replay",
                     *       "count": 3,
                     *       "event_types": [],
                     *       "failures": [],
                     *       "from": "2026-01-01T20:00:00.000Z",
                     *       "more": false,
                     *       "new_id": false,
                     *       "notes": [
                     *         "each is sent under the id of its event, as before; a receiver that remembers ids answers one that it knows without handling it. `new_id` sends each under an id of its own"
                     *       ],
                     *       "rate": null,
                     *       "skipped": 0,
                     *       "statuses": [
                     *         "delivered",
                     *         "failed",
                     *         "cancelled"
                     *       ],
                     *       "takes_seconds": null,
                     *       "to": "2026-02-01T06:00:00.000Z",
                     *       "webhook": "user-42"
                     *     }
                     */
                    "application/json": components["schemas"]["ReplayEstimate"];
                };
            };
            /** @description It goes on by itself */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Replay"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            408: components["responses"]["Problem"];
            /** @description As many are running as a tenant may have */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    readReplay: {
        parameters: {
            query?: never;
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path: {
                /** @description The replay's id (`rpl_…`) */
                id: components["schemas"]["ReplayId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The replay */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "action": "cancel",
                     *       "created_at": "2026-01-31T12:00:00.000Z",
                     *       "done": 0,
                     *       "event_types": [],
                     *       "expected": 0,
                     *       "expected_more": false,
                     *       "failures": [],
                     *       "finished_at": null,
                     *       "from": "2025-01-01T00:00:00.000Z",
                     *       "id": "rpl_0b5ngpv000019",
                     *       "new_id": false,
                     *       "rate": null,
                     *       "reached_at": "2024-12-31T23:59:59.999Z",
                     *       "seconds_left": null,
                     *       "skipped": 0,
                     *       "state": "running",
                     *       "statuses": [
                     *         "retrying"
                     *       ],
                     *       "to": "2025-12-31T00:00:00.000Z",
                     *       "waits_for": null,
                     *       "webhook": null
                     *     }
                     */
                    "application/json": components["schemas"]["Replay"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    stopReplay: {
        parameters: {
            query?: never;
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path: {
                /** @description The replay's id (`rpl_…`) */
                id: components["schemas"]["ReplayId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The replay, which goes on no more */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "action": "retry",
                     *       "created_at": "2026-01-31T12:00:00.000Z",
                     *       "done": 0,
                     *       "event_types": [],
                     *       "expected": 0,
                     *       "expected_more": false,
                     *       "failures": [],
                     *       "finished_at": "2026-01-31T12:00:00.000Z",
                     *       "from": null,
                     *       "id": "rpl_0b5ngpv00001b",
                     *       "new_id": false,
                     *       "rate": null,
                     *       "reached_at": null,
                     *       "seconds_left": null,
                     *       "skipped": 0,
                     *       "state": "stopped",
                     *       "statuses": [
                     *         "failed"
                     *       ],
                     *       "to": null,
                     *       "waits_for": null,
                     *       "webhook": "user-42"
                     *     }
                     */
                    "application/json": components["schemas"]["Replay"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    listReports: {
        parameters: {
            query?: {
                /** @description How many at most: 1 to 250, by default 50. */
                limit?: number;
                /** @description `next_cursor` of the page before, or `previous_cursor` of the page behind. */
                cursor?: components["schemas"]["Cursor"];
                /** @description Whether to count how many there are on all pages: `count` and `count_is_capped` of the answer. */
                count?: boolean;
            };
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of reports */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "by": null,
                     *           "created_at": "2026-01-31T12:00:00.000Z",
                     *           "description": "",
                     *           "event_type": null,
                     *           "from": null,
                     *           "granularity": "minute",
                     *           "last": "1h",
                     *           "name": "last-week",
                     *           "to": null,
                     *           "updated_at": "2026-01-31T12:00:00.000Z",
                     *           "webhook": "user-42",
                     *           "whole": true
                     *         }
                     *       ],
                     *       "has_more": false,
                     *       "next_cursor": null,
                     *       "previous_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["ReportList"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    readReport: {
        parameters: {
            query?: never;
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path: {
                /** @description Its name */
                name: components["schemas"]["SavedName"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What it asks */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "by": null,
                     *       "created_at": "2026-01-31T12:00:00.000Z",
                     *       "description": "",
                     *       "event_type": null,
                     *       "from": null,
                     *       "granularity": "minute",
                     *       "last": "1h",
                     *       "name": "last-week",
                     *       "to": null,
                     *       "updated_at": "2026-01-31T12:00:00.000Z",
                     *       "webhook": "user-42",
                     *       "whole": true
                     *     }
                     */
                    "application/json": components["schemas"]["Report"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    putReport: {
        parameters: {
            query?: never;
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path: {
                /** @description Its name */
                name: components["schemas"]["SavedName"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReportInput"];
            };
        };
        responses: {
            /** @description Replaced */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "by": "event_type",
                     *       "created_at": "2026-01-31T12:00:00.000Z",
                     *       "description": "What we sent last week",
                     *       "event_type": null,
                     *       "from": null,
                     *       "granularity": "day",
                     *       "last": "7d",
                     *       "name": "last-week",
                     *       "to": null,
                     *       "updated_at": "2026-01-31T12:00:00.000Z",
                     *       "webhook": null,
                     *       "whole": false
                     *     }
                     */
                    "application/json": components["schemas"]["Report"];
                };
            };
            /** @description Saved under a new name */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Report"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            408: components["responses"]["Problem"];
            /** @description The tenant has saved as much as it may (`quota_reached`) */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            /** @description The disk is nearly full (`disk_full`): nothing was saved */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteReport: {
        parameters: {
            query?: never;
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path: {
                /** @description Its name */
                name: components["schemas"]["SavedName"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    runReport: {
        parameters: {
            query?: never;
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path: {
                /** @description Its name */
                name: components["schemas"]["SavedName"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was counted */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "at": "2026-01-31T11:01:00.000Z",
                     *           "attempts": 4,
                     *           "cancelled": 0,
                     *           "delivered": 4,
                     *           "delivered_in": {
                     *             "count": 4,
                     *             "p50_ms": 25.268,
                     *             "p90_ms": 84.99,
                     *             "p95_ms": 84.99,
                     *             "p99_ms": 84.99
                     *           },
                     *           "deliveries": 4,
                     *           "event_bytes": 0,
                     *           "events": 0,
                     *           "failed": 0,
                     *           "failures": {},
                     *           "first_try_success_rate": 1,
                     *           "oldest_owed_seconds": null,
                     *           "phases": {
                     *             "connect": {
                     *               "count": 1,
                     *               "p50_ms": 25.268,
                     *               "p90_ms": 25.268,
                     *               "p95_ms": 25.268,
                     *               "p99_ms": 25.268
                     *             },
                     *             "dns": null,
                     *             "first_byte": {
                     *               "count": 4,
                     *               "p50_ms": 25.268,
                     *               "p90_ms": 84.99,
                     *               "p95_ms": 84.99,
                     *               "p99_ms": 84.99
                     *             },
                     *             "tls": null
                     *           },
                     *           "request_time": {
                     *             "count": 4,
                     *             "p50_ms": 25.268,
                     *             "p90_ms": 84.99,
                     *             "p95_ms": 84.99,
                     *             "p99_ms": 84.99
                     *           },
                     *           "requests": 4,
                     *           "statuses": {
                     *             "2xx": 4
                     *           },
                     *           "success_rate": 1
                     *         }
                     *       ],
                     *       "from": "2026-01-31T11:01:00.000Z",
                     *       "granularity": "minute",
                     *       "to": "2026-01-31T12:01:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Stats"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    listSavedEvents: {
        parameters: {
            query?: {
                /** @description How many at most: 1 to 250, by default 50. */
                limit?: number;
                /** @description `next_cursor` of the page before, or `previous_cursor` of the page behind. */
                cursor?: components["schemas"]["Cursor"];
                /** @description Whether to count how many there are on all pages: `count` and `count_is_capped` of the answer. */
                count?: boolean;
            };
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of saved events */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "correlation_id": null,
                     *           "created_at": "2026-01-31T12:00:00.000Z",
                     *           "data": {
                     *             "direction": "above",
                     *             "price": 187.5,
                     *             "symbol": "ACME",
                     *             "threshold": 180
                     *           },
                     *           "description": "A price that crosses its threshold",
                     *           "metadata": null,
                     *           "name": "acme-above-180",
                     *           "ordering_key": null,
                     *           "source": null,
                     *           "type": "price_alert",
                     *           "updated_at": "2026-01-31T12:00:00.000Z",
                     *           "version": null
                     *         }
                     *       ],
                     *       "has_more": false,
                     *       "next_cursor": null,
                     *       "previous_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["SavedEventList"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    readSavedEvent: {
        parameters: {
            query?: never;
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path: {
                /** @description Its name */
                name: components["schemas"]["SavedName"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The saved event */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "correlation_id": null,
                     *       "created_at": "2026-01-31T12:00:00.000Z",
                     *       "data": {
                     *         "direction": "above",
                     *         "price": 187.5,
                     *         "symbol": "ACME",
                     *         "threshold": 180
                     *       },
                     *       "description": "A price that crosses its threshold",
                     *       "metadata": null,
                     *       "name": "acme-above-180",
                     *       "ordering_key": null,
                     *       "source": null,
                     *       "type": "price_alert",
                     *       "updated_at": "2026-01-31T12:00:00.000Z",
                     *       "version": null
                     *     }
                     */
                    "application/json": components["schemas"]["SavedEvent"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    putSavedEvent: {
        parameters: {
            query?: never;
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path: {
                /** @description Its name */
                name: components["schemas"]["SavedName"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SavedEventInput"];
            };
        };
        responses: {
            /** @description Replaced */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "correlation_id": "order-4711",
                     *       "created_at": "2026-01-31T12:00:00.000Z",
                     *       "data": {
                     *         "direction": "above",
                     *         "price": 187.5,
                     *         "symbol": "ACME",
                     *         "threshold": 180
                     *       },
                     *       "description": "What went wrong on Monday",
                     *       "metadata": {
                     *         "region": "eu"
                     *       },
                     *       "name": "acme-above-180",
                     *       "ordering_key": "ACME",
                     *       "source": "/alerts",
                     *       "type": "price_alert",
                     *       "updated_at": "2026-01-31T12:00:00.000Z",
                     *       "version": null
                     *     }
                     */
                    "application/json": components["schemas"]["SavedEvent"];
                };
            };
            /** @description Saved under a new name */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SavedEvent"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            408: components["responses"]["Problem"];
            /** @description The tenant has saved as much as it may (`quota_reached`) */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            /** @description The disk is nearly full (`disk_full`): nothing was saved */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteSavedEvent: {
        parameters: {
            query?: never;
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path: {
                /** @description Its name */
                name: components["schemas"]["SavedName"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    sendSavedEvent: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request safe to repeat for 24 hours */
                "Idempotency-Key"?: components["schemas"]["IdempotencyKey"] | null;
                /** @description The trace that the event is part of (W3C Trace Context) */
                traceparent?: components["schemas"]["TraceParent"] | null;
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path: {
                /** @description Its name */
                name: components["schemas"]["SavedName"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Kept */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "deliveries": 4,
                     *       "duplicate": false,
                     *       "id": "evt_0b5ngpv00001b",
                     *       "timestamp": "2026-01-31T12:00:00.000Z",
                     *       "type": "price_alert"
                     *     }
                     */
                    "application/json": components["schemas"]["PublishedEvent"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            /** @description The idempotency key belongs to a different event */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["Problem"];
            /** @description Too many requests, or the tenant has as much as its quota allows */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            /** @description The disk is nearly full (`disk_full`): nothing was kept */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    search: {
        parameters: {
            query: {
                /** @description 1 to 2,048 characters, spaces around them left out. */
                q: string;
                /** @description How many of each kind at most: 1 to 20, by default 5. */
                limit?: number;
            };
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was found */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "host": "example.com",
                     *           "id": "user-42",
                     *           "kind": "webhook",
                     *           "status": "active",
                     *           "title": "ACME above 180"
                     *         }
                     *       ],
                     *       "has_more": false
                     *     }
                     */
                    "application/json": components["schemas"]["SearchResults"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    readSession: {
        parameters: {
            query?: never;
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Who is calling */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "csrf_token": null,
                     *       "expires_at": null,
                     *       "idle_seconds": 43200,
                     *       "key": {
                     *         "id": "key_0b5ngpv000000",
                     *         "name": "operator (bootstrap)"
                     *       },
                     *       "portal": null,
                     *       "scopes": [
                     *         "events:write",
                     *         "events:read",
                     *         "webhooks:write",
                     *         "webhooks:read",
                     *         "secrets",
                     *         "deliveries:read",
                     *         "deliveries:write",
                     *         "keys",
                     *         "catalogue:read",
                     *         "catalogue:write",
                     *         "tenants"
                     *       ],
                     *       "tenant": null
                     *     }
                     */
                    "application/json": components["schemas"]["Session"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    signIn: {
        parameters: {
            query?: never;
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Signed in: the answer sets the cookie */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "csrf_token": "N85Sbiww6je2DclQCvGXe7aefuZTJnqsuvld6Syyv-Q",
                     *       "expires_at": "2026-02-07T12:00:00.000Z",
                     *       "idle_seconds": 43200,
                     *       "key": {
                     *         "id": "key_0b5ngpv000000",
                     *         "name": "operator (bootstrap)"
                     *       },
                     *       "portal": null,
                     *       "scopes": [
                     *         "events:write",
                     *         "events:read",
                     *         "webhooks:write",
                     *         "webhooks:read",
                     *         "secrets",
                     *         "deliveries:read",
                     *         "deliveries:write",
                     *         "keys",
                     *         "catalogue:read",
                     *         "catalogue:write",
                     *         "tenants"
                     *       ],
                     *       "tenant": null
                     *     }
                     */
                    "application/json": components["schemas"]["Session"];
                };
            };
            400: components["responses"]["Problem"];
            /** @description `used_link`: the link was used, or is too old */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    signOut: {
        parameters: {
            query: {
                /** @description Every session of the same API key ends, and every link that was not used. Of a portal, only its own session does. */
                everywhere: boolean;
            };
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Signed out: the answer takes the cookie back */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    readStats: {
        parameters: {
            query?: {
                /** @description How long each span is, and so how exactly it is told when something was. Minutes are kept for 3 days, hours for 100, days for ever. */
                granularity?: "minute" | "hour" | "day";
                /** @description So long until now, the span that is under way included: `7d`. Instead of `from` and `to`. */
                last?: components["schemas"]["Duration"];
                /** @description From the span in which this time is. Without it, an hour of minutes, a day of hours or thirty days. */
                from?: string;
                /** @description Up to the span in which this time is, if it is not its begin. Without it, now. */
                to?: string;
                /** @description Of one webhook, also if it was deleted, and of those that had its id before. */
                webhook?: components["schemas"]["WebhookId"];
                /** @description Of one event type. */
                event_type?: components["schemas"]["EventTypeName"];
                /** @description Each event type, each of the webhooks that there are, or with `Tenant: *` each tenant apart. How tries failed and what the receivers answered is told apart in every sum. */
                by?: "event_type" | "webhook" | "tenant";
                /** @description All spans together, as one: then `granularity` says how exactly the time is cut. At most 250,000 sums are added up. */
                whole?: boolean;
            };
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was counted */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "at": "2026-01-31T12:00:00.000Z",
                     *           "attempts": 13,
                     *           "cancelled": 1,
                     *           "delivered": 13,
                     *           "delivered_in": {
                     *             "count": 13,
                     *             "p50_ms": 3.158,
                     *             "p90_ms": 7.512,
                     *             "p95_ms": 7.512,
                     *             "p99_ms": 7.512
                     *           },
                     *           "deliveries": 13,
                     *           "event_bytes": 259,
                     *           "events": 4,
                     *           "failed": 0,
                     *           "failures": {},
                     *           "first_try_success_rate": 1,
                     *           "oldest_owed_seconds": null,
                     *           "phases": {
                     *             "connect": {
                     *               "count": 3,
                     *               "p50_ms": 1.328,
                     *               "p90_ms": 1.878,
                     *               "p95_ms": 1.878,
                     *               "p99_ms": 1.878
                     *             },
                     *             "dns": null,
                     *             "first_byte": {
                     *               "count": 13,
                     *               "p50_ms": 3.158,
                     *               "p90_ms": 6.317,
                     *               "p95_ms": 7.512,
                     *               "p99_ms": 7.512
                     *             },
                     *             "tls": null
                     *           },
                     *           "request_time": {
                     *             "count": 13,
                     *             "p50_ms": 3.158,
                     *             "p90_ms": 7.512,
                     *             "p95_ms": 7.512,
                     *             "p99_ms": 7.512
                     *           },
                     *           "requests": 13,
                     *           "statuses": {
                     *             "2xx": 13
                     *           },
                     *           "success_rate": 1
                     *         }
                     *       ],
                     *       "from": "2026-01-30T13:00:00.000Z",
                     *       "granularity": "hour",
                     *       "to": "2026-01-31T13:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Stats"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    readFailures: {
        parameters: {
            query?: {
                /** @description How long each span is, and so how exactly it is told when something was. Minutes are kept for 3 days, hours for 100, days for ever. */
                granularity?: "minute" | "hour" | "day";
                /** @description So long until now, the span that is under way included: `7d`. Instead of `from` and `to`. */
                last?: components["schemas"]["Duration"];
                /** @description From the span in which this time is. Without it, an hour of minutes, a day of hours or thirty days. */
                from?: string;
                /** @description Up to the span in which this time is, if it is not its begin. Without it, now. */
                to?: string;
                /** @description Of one webhook, also if it was deleted, and of those that had its id before. */
                webhook?: components["schemas"]["WebhookId"];
            };
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Why tries failed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "attempts": 12,
                     *       "failed": 0,
                     *       "from": "2026-01-30T13:00:00.000Z",
                     *       "kinds": [],
                     *       "to": "2026-01-31T13:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Failures"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    readSystem: {
        parameters: {
            query?: never;
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How it does */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "commit": null,
                     *       "disk": {
                     *         "free_bytes": 68719476736,
                     *         "trouble": null
                     *       },
                     *       "jobs": [
                     *         {
                     *           "every_seconds": 60,
                     *           "failures": 0,
                     *           "last_failure": null,
                     *           "last_run": {
                     *             "at": "2026-12-01T00:53:40.021Z",
                     *             "detail": "kept when 3 API keys were used",
                     *             "took_ms": 1
                     *           },
                     *           "name": "key_uses",
                     *           "next_run_at": "2026-12-01T00:54:40.023Z",
                     *           "running_since": null,
                     *           "runs": 1440
                     *         }
                     *       ],
                     *       "mail": null,
                     *       "settings": [
                     *         {
                     *           "default": "2048",
                     *           "name": "max_in_flight",
                     *           "value": "4096"
                     *         }
                     *       ],
                     *       "started_at": "2026-11-30T00:53:40.000Z",
                     *       "store": {
                     *         "by_kind": [
                     *           {
                     *             "bytes": 1572864,
                     *             "kind": "events"
                     *           },
                     *           {
                     *             "bytes": 524288,
                     *             "kind": "attempts"
                     *           },
                     *           {
                     *             "bytes": 81920,
                     *             "kind": "unused"
                     *           }
                     *         ],
                     *         "commits": {
                     *           "count": 1740,
                     *           "p50_ms": 0.29,
                     *           "p90_ms": 0.58,
                     *           "p95_ms": 0.7,
                     *           "p99_ms": 1.97
                     *         },
                     *         "database_bytes": 41943040,
                     *         "kind": "sqlite",
                     *         "log_bytes": 4120032,
                     *         "log_held": null,
                     *         "unused_bytes": 81920
                     *       },
                     *       "uptime_seconds": 86412,
                     *       "version": "0.1.0"
                     *     }
                     */
                    "application/json": components["schemas"]["System"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    listTenants: {
        parameters: {
            query?: {
                /** @description How many at most: 1 to 250, by default 50. */
                limit?: number;
                /** @description `next_cursor` of the page before, or `previous_cursor` of the page behind. */
                cursor?: components["schemas"]["Cursor"];
                /** @description Whether to count how many there are on all pages: `count` and `count_is_capped` of the answer. */
                count?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of tenants */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "created_at": "2026-01-31T12:00:00.000Z",
                     *           "enrichment": [
                     *             {
                     *               "event_types": [
                     *                 "trade_*"
                     *               ],
                     *               "expression": "data.price * data.quantity",
                     *               "field": "notional"
                     *             }
                     *           ],
                     *           "id": "acme",
                     *           "name": "Acme Ltd.",
                     *           "notices": {
                     *             "failing_after": null,
                     *             "failure_share": null,
                     *             "key_expires": null,
                     *             "mail_to": [],
                     *             "oldest_due": null,
                     *             "quota_near": null
                     *           },
                     *           "quotas": {
                     *             "api_keys": null,
                     *             "event_bytes": null,
                     *             "owed_deliveries": null,
                     *             "patterns": null,
                     *             "rate_limit": {
                     *               "limit": 600,
                     *               "per": "minute"
                     *             },
                     *             "saved": null,
                     *             "webhook_bytes": null,
                     *             "webhooks": 1000
                     *           },
                     *           "retention": {
                     *             "ended": null,
                     *             "newest_per_webhook": null
                     *           },
                     *           "usage": {
                     *             "api_keys": {
                     *               "most": 100,
                     *               "used": 0
                     *             },
                     *             "event_bytes": {
                     *               "most": 1099511627776,
                     *               "used": 0
                     *             },
                     *             "owed_deliveries": {
                     *               "most": 10000000,
                     *               "used": 0
                     *             },
                     *             "patterns": {
                     *               "most": 1000,
                     *               "used": 0
                     *             },
                     *             "saved": {
                     *               "most": 1000,
                     *               "used": 0
                     *             },
                     *             "webhook_bytes": {
                     *               "most": 268435456,
                     *               "used": 0
                     *             },
                     *             "webhooks": {
                     *               "most": 1000,
                     *               "used": 0
                     *             }
                     *           },
                     *           "validation": "warn",
                     *           "version": 4
                     *         }
                     *       ],
                     *       "has_more": false,
                     *       "next_cursor": null,
                     *       "previous_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["TenantList"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    createTenant: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TenantInput"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    /** @description Names the tenant's version, for `If-Match` */
                    ETag?: string;
                    /** @description Where it is */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "created_at": "2026-01-31T12:00:00.000Z",
                     *       "enrichment": [],
                     *       "id": "acme",
                     *       "name": "Acme Ltd.",
                     *       "notices": {
                     *         "failing_after": null,
                     *         "failure_share": null,
                     *         "key_expires": null,
                     *         "mail_to": [],
                     *         "oldest_due": null,
                     *         "quota_near": null
                     *       },
                     *       "quotas": {
                     *         "api_keys": null,
                     *         "event_bytes": null,
                     *         "owed_deliveries": null,
                     *         "patterns": null,
                     *         "rate_limit": null,
                     *         "saved": null,
                     *         "webhook_bytes": null,
                     *         "webhooks": null
                     *       },
                     *       "retention": {
                     *         "ended": null,
                     *         "newest_per_webhook": null
                     *       },
                     *       "usage": {
                     *         "api_keys": {
                     *           "most": 100,
                     *           "used": 0
                     *         },
                     *         "event_bytes": {
                     *           "most": 1099511627776,
                     *           "used": 0
                     *         },
                     *         "owed_deliveries": {
                     *           "most": 10000000,
                     *           "used": 0
                     *         },
                     *         "patterns": {
                     *           "most": 1000,
                     *           "used": 0
                     *         },
                     *         "saved": {
                     *           "most": 1000,
                     *           "used": 0
                     *         },
                     *         "webhook_bytes": {
                     *           "most": 268435456,
                     *           "used": 0
                     *         },
                     *         "webhooks": {
                     *           "most": 100000,
                     *           "used": 0
                     *         }
                     *       },
                     *       "validation": "off",
                     *       "version": 1
                     *     }
                     */
                    "application/json": components["schemas"]["Tenant"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            408: components["responses"]["Problem"];
            /** @description The id is taken */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    readTenant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The tenant's id */
                id: components["schemas"]["TenantId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The tenant */
            200: {
                headers: {
                    /** @description Names the tenant's version, for `If-Match` */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "created_at": "2026-01-31T12:00:00.000Z",
                     *       "enrichment": [
                     *         {
                     *           "event_types": [
                     *             "trade_*"
                     *           ],
                     *           "expression": "data.price * data.quantity",
                     *           "field": "notional"
                     *         }
                     *       ],
                     *       "id": "acme",
                     *       "name": "Acme Ltd.",
                     *       "notices": {
                     *         "failing_after": null,
                     *         "failure_share": null,
                     *         "key_expires": null,
                     *         "mail_to": [],
                     *         "oldest_due": null,
                     *         "quota_near": null
                     *       },
                     *       "quotas": {
                     *         "api_keys": null,
                     *         "event_bytes": null,
                     *         "owed_deliveries": null,
                     *         "patterns": null,
                     *         "rate_limit": {
                     *           "limit": 600,
                     *           "per": "minute"
                     *         },
                     *         "saved": null,
                     *         "webhook_bytes": null,
                     *         "webhooks": 1000
                     *       },
                     *       "retention": {
                     *         "ended": null,
                     *         "newest_per_webhook": null
                     *       },
                     *       "usage": {
                     *         "api_keys": {
                     *           "most": 100,
                     *           "used": 0
                     *         },
                     *         "event_bytes": {
                     *           "most": 1099511627776,
                     *           "used": 0
                     *         },
                     *         "owed_deliveries": {
                     *           "most": 10000000,
                     *           "used": 0
                     *         },
                     *         "patterns": {
                     *           "most": 1000,
                     *           "used": 0
                     *         },
                     *         "saved": {
                     *           "most": 1000,
                     *           "used": 0
                     *         },
                     *         "webhook_bytes": {
                     *           "most": 268435456,
                     *           "used": 0
                     *         },
                     *         "webhooks": {
                     *           "most": 1000,
                     *           "used": 0
                     *         }
                     *       },
                     *       "validation": "warn",
                     *       "version": 4
                     *     }
                     */
                    "application/json": components["schemas"]["Tenant"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    deleteTenant: {
        parameters: {
            query?: never;
            header?: {
                /** @description Delete only this version (ETag) */
                "If-Match"?: string | null;
            };
            path: {
                /** @description The tenant's id */
                id: components["schemas"]["TenantId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            /** @description It is the default tenant */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It is not the version you expect */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    changeTenant: {
        parameters: {
            query?: never;
            header?: {
                /** @description Change only this version (ETag) */
                "If-Match"?: string | null;
            };
            path: {
                /** @description The tenant's id */
                id: components["schemas"]["TenantId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TenantPatch"];
                "application/merge-patch+json": components["schemas"]["TenantPatch"];
            };
        };
        responses: {
            /** @description Changed */
            200: {
                headers: {
                    /** @description Names the tenant's version, for `If-Match` */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "created_at": "2026-01-31T12:00:00.000Z",
                     *       "enrichment": [
                     *         {
                     *           "event_types": [
                     *             "trade_*"
                     *           ],
                     *           "expression": "data.price * data.quantity",
                     *           "field": "notional"
                     *         }
                     *       ],
                     *       "id": "acme",
                     *       "name": "Acme Ltd.",
                     *       "notices": {
                     *         "failing_after": null,
                     *         "failure_share": null,
                     *         "key_expires": null,
                     *         "mail_to": [],
                     *         "oldest_due": null,
                     *         "quota_near": null
                     *       },
                     *       "quotas": {
                     *         "api_keys": null,
                     *         "event_bytes": null,
                     *         "owed_deliveries": null,
                     *         "patterns": null,
                     *         "rate_limit": null,
                     *         "saved": null,
                     *         "webhook_bytes": null,
                     *         "webhooks": null
                     *       },
                     *       "retention": {
                     *         "ended": null,
                     *         "newest_per_webhook": null
                     *       },
                     *       "usage": {
                     *         "api_keys": {
                     *           "most": 100,
                     *           "used": 0
                     *         },
                     *         "event_bytes": {
                     *           "most": 1099511627776,
                     *           "used": 0
                     *         },
                     *         "owed_deliveries": {
                     *           "most": 10000000,
                     *           "used": 0
                     *         },
                     *         "patterns": {
                     *           "most": 1000,
                     *           "used": 0
                     *         },
                     *         "saved": {
                     *           "most": 1000,
                     *           "used": 0
                     *         },
                     *         "webhook_bytes": {
                     *           "most": 268435456,
                     *           "used": 0
                     *         },
                     *         "webhooks": {
                     *           "most": 100000,
                     *           "used": 0
                     *         }
                     *       },
                     *       "validation": "off",
                     *       "version": 2
                     *     }
                     */
                    "application/json": components["schemas"]["Tenant"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            408: components["responses"]["Problem"];
            /** @description It was changed at the same time */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It is not the version you expect */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    readTheme: {
        parameters: {
            query?: never;
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The theme */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "accent": "#2456d6",
                     *       "logo": "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
                     *       "mode": "light",
                     *       "name": "Acme Trading",
                     *       "radius": 8,
                     *       "updated_at": "2026-01-31T12:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Theme"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    putTheme: {
        parameters: {
            query?: never;
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ThemeInput"];
            };
        };
        responses: {
            /** @description As it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "accent": "#2456d6",
                     *       "logo": "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
                     *       "mode": "light",
                     *       "name": "Acme Trading",
                     *       "radius": 8,
                     *       "updated_at": "2026-01-31T12:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Theme"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            408: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
            /** @description The disk is nearly full (`disk_full`): nothing was saved */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteTheme: {
        parameters: {
            query?: never;
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description There is none any more */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    readUsage: {
        parameters: {
            query?: never;
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is used */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "api_keys": {
                     *         "most": 100,
                     *         "used": 0
                     *       },
                     *       "event_bytes": {
                     *         "most": 1099511627776,
                     *         "used": 8449
                     *       },
                     *       "owed_deliveries": {
                     *         "most": 10000000,
                     *         "used": 1
                     *       },
                     *       "patterns": {
                     *         "most": 1000,
                     *         "used": 0
                     *       },
                     *       "saved": {
                     *         "most": 1000,
                     *         "used": 2
                     *       },
                     *       "webhook_bytes": {
                     *         "most": 268435456,
                     *         "used": 7314
                     *       },
                     *       "webhooks": {
                     *         "most": 100000,
                     *         "used": 6
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Usage"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    listWebhooks: {
        parameters: {
            query?: {
                /** @description Only the one with this id; an empty list if there is none. */
                id?: components["schemas"]["WebhookId"];
                /** @description Only those in this status; several times: in one of these. */
                status?: components["schemas"]["Status"][];
                /** @description Only those whose health is this; several times: one of these. */
                health?: ("failing" | "degraded" | "paused" | "healthy" | "disabled")[];
                /** @description Only those that ask for events of this type; several times: of one of these. */
                event_type?: components["schemas"]["EventTypeName"][];
                /** @description Only those that are marked as ones to look at first, or only the others. */
                starred?: boolean;
                /** @description Only those made at or after this time. */
                from?: string;
                /** @description Only those made before this time. */
                to?: string;
                /** @description Which comes first: the newest, or the one that has been failing for the longest, then those that are degraded, paused, healthy and disabled. Without it, the newest. */
                sort?: "newest" | "worst";
                /** @description How many at most: 1 to 250, by default 50. */
                limit?: number;
                /** @description `next_cursor` of the page before, or `previous_cursor` of the page behind. */
                cursor?: components["schemas"]["Cursor"];
                /** @description Whether to count how many there are on all pages: `count` and `count_is_capped` of the answer. */
                count?: boolean;
            };
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of webhooks */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "assets": null,
                     *           "auth": {
                     *             "type": "none"
                     *           },
                     *           "batch": null,
                     *           "counters": {
                     *             "consecutive_failures": 0,
                     *             "delivered": 0,
                     *             "failed": 0,
                     *             "last_attempt_at": null,
                     *             "last_failure_at": null,
                     *             "last_success_at": null
                     *           },
                     *           "created_at": "2026-01-31T12:00:00.000Z",
                     *           "description": "",
                     *           "disable_after": null,
                     *           "event_types": [
                     *             "price_alert"
                     *           ],
                     *           "fields": {},
                     *           "filter": {
                     *             "data": {
                     *               "price": {
                     *                 "$gte": 180
                     *               },
                     *               "symbol": "ACME"
                     *             }
                     *           },
                     *           "has_secret": true,
                     *           "headers": {},
                     *           "health": {
                     *             "reason": null,
                     *             "since": null,
                     *             "state": "healthy"
                     *           },
                     *           "id": "wh_0b5ngpv000005",
                     *           "max_concurrency": 16,
                     *           "metadata": {},
                     *           "name": "ACME above 180",
                     *           "note": "",
                     *           "ordering": "none",
                     *           "payload": null,
                     *           "platform": null,
                     *           "public_headers": [],
                     *           "public_key": null,
                     *           "rate_limit": null,
                     *           "retry": {
                     *             "jitter": 20,
                     *             "preset": "default"
                     *           },
                     *           "retry_plan": {
                     *             "attempts": 10,
                     *             "total": "60h",
                     *             "waits": [
                     *               "5s",
                     *               "30s",
                     *               "2m",
                     *               "10m",
                     *               "1h",
                     *               "3h",
                     *               "8h",
                     *               "1d",
                     *               "1d"
                     *             ]
                     *           },
                     *           "self_heal": false,
                     *           "signing": {
                     *             "algorithm": "sha256",
                     *             "dialects": [
                     *               {
                     *                 "type": "standard"
                     *               }
                     *             ]
                     *           },
                     *           "starred": false,
                     *           "status": "active",
                     *           "status_reason": null,
                     *           "timeout": "10s",
                     *           "updated_at": "2026-01-31T12:00:00.000Z",
                     *           "url": "https://example.com/hook",
                     *           "verify_tls": true,
                     *           "version": 1
                     *         }
                     *       ],
                     *       "has_more": false,
                     *       "next_cursor": null,
                     *       "previous_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["WebhookList"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    createWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebhookInput"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    /** @description Names the webhook's version, for `If-Match` */
                    ETag?: string;
                    /** @description Where the webhook is */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "assets": null,
                     *       "auth": {
                     *         "type": "none"
                     *       },
                     *       "batch": null,
                     *       "counters": {
                     *         "consecutive_failures": 0,
                     *         "delivered": 0,
                     *         "failed": 0,
                     *         "last_attempt_at": null,
                     *         "last_failure_at": null,
                     *         "last_success_at": null
                     *       },
                     *       "created_at": "2026-01-31T12:00:00.000Z",
                     *       "description": "",
                     *       "disable_after": null,
                     *       "event_types": [
                     *         "portfolio_*"
                     *       ],
                     *       "fields": {
                     *         "bot_token": "[redacted]",
                     *         "chat_id": "-1001234567890"
                     *       },
                     *       "filter": null,
                     *       "has_secret": true,
                     *       "headers": {},
                     *       "health": {
                     *         "reason": null,
                     *         "since": null,
                     *         "state": "healthy"
                     *       },
                     *       "id": "wh_0b5ngpv000001",
                     *       "max_concurrency": 16,
                     *       "metadata": {},
                     *       "name": "",
                     *       "note": "",
                     *       "ordering": "none",
                     *       "payload": null,
                     *       "platform": "telegram",
                     *       "public_headers": [],
                     *       "public_key": null,
                     *       "rate_limit": {
                     *         "limit": 20,
                     *         "per": "minute"
                     *       },
                     *       "retry": {
                     *         "jitter": 20,
                     *         "preset": "default"
                     *       },
                     *       "retry_plan": {
                     *         "attempts": 10,
                     *         "total": "60h",
                     *         "waits": [
                     *           "5s",
                     *           "30s",
                     *           "2m",
                     *           "10m",
                     *           "1h",
                     *           "3h",
                     *           "8h",
                     *           "1d",
                     *           "1d"
                     *         ]
                     *       },
                     *       "secret": "whsec_vGDsto8MJE2DzOv1B1pXkvWtH6HEteL7r+e7+SjDMDM=",
                     *       "self_heal": false,
                     *       "signing": {
                     *         "algorithm": "sha256",
                     *         "dialects": [
                     *           {
                     *             "type": "standard"
                     *           }
                     *         ]
                     *       },
                     *       "starred": false,
                     *       "status": "active",
                     *       "status_reason": null,
                     *       "timeout": "10s",
                     *       "updated_at": "2026-01-31T12:00:00.000Z",
                     *       "url": "https://api.telegram.org/…/sendMessage",
                     *       "verify_tls": true,
                     *       "version": 1
                     *     }
                     */
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            408: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    readWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path: {
                /** @description The webhook's id */
                id: components["schemas"]["WebhookId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The webhook */
            200: {
                headers: {
                    /** @description Names the webhook's version, for `If-Match` */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "assets": {
                     *         "sectors": [],
                     *         "symbols": [
                     *           "ACME"
                     *         ]
                     *       },
                     *       "auth": {
                     *         "type": "none"
                     *       },
                     *       "batch": null,
                     *       "counters": {
                     *         "consecutive_failures": 0,
                     *         "delivered": 0,
                     *         "failed": 0,
                     *         "last_attempt_at": null,
                     *         "last_failure_at": null,
                     *         "last_success_at": null
                     *       },
                     *       "created_at": "2026-01-31T12:00:00.000Z",
                     *       "description": "",
                     *       "disable_after": null,
                     *       "event_types": [
                     *         "price_*"
                     *       ],
                     *       "fields": {},
                     *       "filter": null,
                     *       "has_secret": true,
                     *       "headers": {},
                     *       "health": {
                     *         "reason": null,
                     *         "since": null,
                     *         "state": "healthy"
                     *       },
                     *       "id": "user-42",
                     *       "max_concurrency": 16,
                     *       "metadata": {},
                     *       "name": "",
                     *       "note": "",
                     *       "ordering": "key",
                     *       "payload": null,
                     *       "platform": null,
                     *       "public_headers": [],
                     *       "public_key": null,
                     *       "rate_limit": null,
                     *       "retry": {
                     *         "jitter": 20,
                     *         "preset": "default"
                     *       },
                     *       "retry_plan": {
                     *         "attempts": 10,
                     *         "total": "60h",
                     *         "waits": [
                     *           "5s",
                     *           "30s",
                     *           "2m",
                     *           "10m",
                     *           "1h",
                     *           "3h",
                     *           "8h",
                     *           "1d",
                     *           "1d"
                     *         ]
                     *       },
                     *       "self_heal": false,
                     *       "signing": {
                     *         "algorithm": "sha256",
                     *         "dialects": [
                     *           {
                     *             "type": "standard"
                     *           }
                     *         ]
                     *       },
                     *       "starred": false,
                     *       "status": "active",
                     *       "status_reason": null,
                     *       "timeout": "10s",
                     *       "updated_at": "2026-01-31T12:00:00.000Z",
                     *       "url": "https://example.com/hook",
                     *       "verify_tls": true,
                     *       "version": 1
                     *     }
                     */
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    putWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description Replace only this version (ETag) */
                "If-Match"?: string | null;
                /** @description `*`: only create */
                "If-None-Match"?: string | null;
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path: {
                /** @description 1 to 64 letters, digits, `_`, `-`, `.`, `:` and `@` */
                id: components["schemas"]["WebhookId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebhookInput"];
            };
        };
        responses: {
            /** @description Replaced */
            200: {
                headers: {
                    /** @description Names the webhook's version, for `If-Match` */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "assets": {
                     *         "sectors": [],
                     *         "symbols": [
                     *           "ACME"
                     *         ]
                     *       },
                     *       "auth": {
                     *         "type": "none"
                     *       },
                     *       "batch": null,
                     *       "counters": {
                     *         "consecutive_failures": 0,
                     *         "delivered": 0,
                     *         "failed": 0,
                     *         "last_attempt_at": null,
                     *         "last_failure_at": null,
                     *         "last_success_at": null
                     *       },
                     *       "created_at": "2026-01-31T12:00:00.000Z",
                     *       "description": "",
                     *       "disable_after": null,
                     *       "event_types": [
                     *         "price_*"
                     *       ],
                     *       "fields": {},
                     *       "filter": null,
                     *       "has_secret": true,
                     *       "headers": {},
                     *       "health": {
                     *         "reason": null,
                     *         "since": null,
                     *         "state": "healthy"
                     *       },
                     *       "id": "user-42",
                     *       "max_concurrency": 16,
                     *       "metadata": {},
                     *       "name": "",
                     *       "note": "",
                     *       "ordering": "key",
                     *       "payload": null,
                     *       "platform": null,
                     *       "public_headers": [],
                     *       "public_key": null,
                     *       "rate_limit": null,
                     *       "retry": {
                     *         "jitter": 20,
                     *         "preset": "default"
                     *       },
                     *       "retry_plan": {
                     *         "attempts": 10,
                     *         "total": "60h",
                     *         "waits": [
                     *           "5s",
                     *           "30s",
                     *           "2m",
                     *           "10m",
                     *           "1h",
                     *           "3h",
                     *           "8h",
                     *           "1d",
                     *           "1d"
                     *         ]
                     *       },
                     *       "secret": "whsec_2+S9DvYUuANQ137XcWQb17ZkisUazGgb+2kyzddUaSU=",
                     *       "self_heal": false,
                     *       "signing": {
                     *         "algorithm": "sha256",
                     *         "dialects": [
                     *           {
                     *             "type": "standard"
                     *           }
                     *         ]
                     *       },
                     *       "starred": false,
                     *       "status": "active",
                     *       "status_reason": null,
                     *       "timeout": "10s",
                     *       "updated_at": "2026-01-31T12:00:00.000Z",
                     *       "url": "https://example.com/hook",
                     *       "verify_tls": true,
                     *       "version": 1
                     *     }
                     */
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            /** @description Made; shows its secret only this once */
            201: {
                headers: {
                    /** @description Names the webhook's version, for `If-Match` */
                    ETag?: string;
                    /** @description Where the webhook is */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            408: components["responses"]["Problem"];
            /** @description It was changed at the same time */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It is not the version you expect */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    deleteWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description Delete only this version (ETag) */
                "If-Match"?: string | null;
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path: {
                /** @description The webhook's id */
                id: components["schemas"]["WebhookId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            /** @description It is not the version you expect */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    changeWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description Change only this version (ETag) */
                "If-Match"?: string | null;
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path: {
                /** @description The webhook's id */
                id: components["schemas"]["WebhookId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebhookPatch"];
                "application/merge-patch+json": components["schemas"]["WebhookPatch"];
            };
        };
        responses: {
            /** @description Changed */
            200: {
                headers: {
                    /** @description Names the webhook's version, for `If-Match` */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "assets": {
                     *         "sectors": [],
                     *         "symbols": [
                     *           "ACME"
                     *         ]
                     *       },
                     *       "auth": {
                     *         "type": "none"
                     *       },
                     *       "batch": null,
                     *       "counters": {
                     *         "consecutive_failures": 0,
                     *         "delivered": 3,
                     *         "failed": 0,
                     *         "last_attempt_at": "2026-01-31T12:00:00.000Z",
                     *         "last_failure_at": null,
                     *         "last_success_at": "2026-01-31T12:00:00.000Z"
                     *       },
                     *       "created_at": "2026-01-31T12:00:00.000Z",
                     *       "description": "",
                     *       "disable_after": null,
                     *       "event_types": [
                     *         "price_*"
                     *       ],
                     *       "fields": {},
                     *       "filter": {
                     *         "data": {
                     *           "price": {
                     *             "$gte": 190
                     *           }
                     *         }
                     *       },
                     *       "has_secret": true,
                     *       "headers": {},
                     *       "health": {
                     *         "reason": null,
                     *         "since": null,
                     *         "state": "healthy"
                     *       },
                     *       "id": "user-42",
                     *       "max_concurrency": 16,
                     *       "metadata": {},
                     *       "name": "",
                     *       "note": "",
                     *       "ordering": "key",
                     *       "payload": null,
                     *       "platform": null,
                     *       "public_headers": [],
                     *       "public_key": null,
                     *       "rate_limit": null,
                     *       "retry": {
                     *         "jitter": 20,
                     *         "preset": "default"
                     *       },
                     *       "retry_plan": {
                     *         "attempts": 10,
                     *         "total": "60h",
                     *         "waits": [
                     *           "5s",
                     *           "30s",
                     *           "2m",
                     *           "10m",
                     *           "1h",
                     *           "3h",
                     *           "8h",
                     *           "1d",
                     *           "1d"
                     *         ]
                     *       },
                     *       "self_heal": false,
                     *       "signing": {
                     *         "algorithm": "sha256",
                     *         "dialects": [
                     *           {
                     *             "type": "standard"
                     *           }
                     *         ]
                     *       },
                     *       "starred": false,
                     *       "status": "active",
                     *       "status_reason": null,
                     *       "timeout": "10s",
                     *       "updated_at": "2026-01-31T12:00:00.000Z",
                     *       "url": "https://example.com/hook",
                     *       "verify_tls": true,
                     *       "version": 2
                     *     }
                     */
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            408: components["responses"]["Problem"];
            /** @description It was changed at the same time */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It is not the version you expect */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    listWebhookChanges: {
        parameters: {
            query?: {
                /** @description How many at most: 1 to 250, by default 50. */
                limit?: number;
                /** @description `next_cursor` of the page before, or `previous_cursor` of the page behind. */
                cursor?: components["schemas"]["Cursor"];
                /** @description Whether to count how many there are on all pages: `count` and `count_is_capped` of the answer. */
                count?: boolean;
            };
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path: {
                /** @description The webhook's id */
                id: components["schemas"]["WebhookId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of lines */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "action": "webhook.secret_rotated",
                     *           "actor": {
                     *             "id": "key_0b5ngpv000000",
                     *             "key": "key_0b5ngpv000000",
                     *             "kind": "key",
                     *             "name": "operator (bootstrap)",
                     *             "operator": true
                     *           },
                     *           "address": "127.0.0.1",
                     *           "after": {
                     *             "secret": "[redacted]"
                     *           },
                     *           "at": "2026-01-31T12:00:00.000Z",
                     *           "before": {
                     *             "secret": "[redacted]"
                     *           },
                     *           "hash": "312ee4b1595f407782412829c7cbaf7428507829adc46a84d329a59e59086fe6",
                     *           "id": "aud_0b5ngpv000030",
                     *           "previous": "459c545253940231a84b84bddbc076519a97f04764a7e18f566e93c07fb8cdcf",
                     *           "subject": {
                     *             "id": "user-42",
                     *             "kind": "webhook"
                     *           },
                     *           "tenant": "default"
                     *         }
                     *       ],
                     *       "has_more": false,
                     *       "next_cursor": null,
                     *       "previous_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["AuditLineList"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    listDeliveriesOfWebhook: {
        parameters: {
            query?: {
                /** @description Only in this status; several times: in one of these. */
                status?: components["schemas"]["DeliveryStatus"][];
                /** @description Only of events of this type; several times: of one of these. */
                event_type?: components["schemas"]["EventTypeName"][];
                /** @description Only tests of webhooks (`POST /webhooks/{id}/test`), or with `false` only what is none. */
                test?: boolean;
                /** @description Only of events accepted at or after this time. */
                from?: string;
                /** @description Only of events accepted before this time. */
                to?: string;
                /** @description How many at most: 1 to 250, by default 50. */
                limit?: number;
                /** @description `next_cursor` of the page before, or `previous_cursor` of the page behind. */
                cursor?: components["schemas"]["Cursor"];
                /** @description Whether to count how many there are on all pages: `count` and `count_is_capped` of the answer. */
                count?: boolean;
            };
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path: {
                /** @description The webhook's id */
                id: components["schemas"]["WebhookId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of deliveries */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "attempt_count": 1,
                     *           "cancel_reason": null,
                     *           "created_at": "2026-01-31T12:00:00.000Z",
                     *           "event": "evt_0b5ngpv00001b",
                     *           "event_type": "price_alert",
                     *           "finished_at": "2026-01-31T12:00:00.000Z",
                     *           "id": "dlv_0b5ngpv00001c",
                     *           "last_error": null,
                     *           "last_error_message": null,
                     *           "last_status": 200,
                     *           "message_id": "evt_0b5ngpv00001b",
                     *           "next_attempt_at": null,
                     *           "replay": null,
                     *           "replay_of": null,
                     *           "status": "delivered",
                     *           "summary": "Price alert: ACME 187.5 ▲",
                     *           "test": false,
                     *           "url": "https://example.com/hook",
                     *           "waits_for": null,
                     *           "webhook": "user-42"
                     *         }
                     *       ],
                     *       "has_more": false,
                     *       "next_cursor": null,
                     *       "previous_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["DeliveryList"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    readLane: {
        parameters: {
            query?: never;
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path: {
                /** @description The webhook's id */
                id: components["schemas"]["WebhookId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How it stands now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "breaker": {
                     *         "state": "closed",
                     *         "until": null
                     *       },
                     *       "concurrency_limit": 16,
                     *       "consecutive_failures": 0,
                     *       "drains_in_seconds": 0,
                     *       "failing_since": null,
                     *       "in_flight": 0,
                     *       "more_owed": false,
                     *       "oldest_owed_at": null,
                     *       "owed": 0,
                     *       "paused_until": null,
                     *       "rate": null,
                     *       "waits_for": {
                     *         "reason": "webhook_paused",
                     *         "until": null
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Lane"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    probeWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path: {
                /** @description The webhook's id */
                id: components["schemas"]["WebhookId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A sample was sent to a webhook that was disabled for failing */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProbeResult"];
                };
            };
            /** @description This delivery goes now */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProbeResult"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            /** @description Nothing can go now, and why: nothing is owed, the webhook is paused or was disabled for another reason, its rate limit or order holds, or a request is under way that tells as much */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    readWebhookSecret: {
        parameters: {
            query?: never;
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path: {
                /** @description The webhook's id */
                id: components["schemas"]["WebhookId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The secret */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "secret": "whsec_tmJyyUQLtg6OyguH6CaEIJPcJPo6xkM/QsZbFDGnGYE="
                     *     }
                     */
                    "application/json": components["schemas"]["WebhookSecret"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    rotateWebhookSecret: {
        parameters: {
            query?: never;
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path: {
                /** @description The webhook's id */
                id: components["schemas"]["WebhookId"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Rotation"] | null;
            };
        };
        responses: {
            /** @description The new secret */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "previous_expires_at": "2026-12-01T00:53:49.000Z",
                     *       "secret": "whsec_ULXy7/Z9DjZPpYnwa5bAoTCqtD/2h4GHLqRabn/F/Lg="
                     *     }
                     */
                    "application/json": components["schemas"]["WebhookSecret"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            408: components["responses"]["Problem"];
            /** @description The webhook was changed at the same time */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    readWebhookStats: {
        parameters: {
            query?: never;
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path: {
                /** @description The webhook's id */
                id: components["schemas"]["WebhookId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How it did */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "consecutive_failures": 0,
                     *       "delivered": 3,
                     *       "failed": 0,
                     *       "half_hours": {
                     *         "deliveries": [
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           3
                     *         ],
                     *         "failed": [
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0
                     *         ],
                     *         "from": "2026-01-30T12:30:00.000Z",
                     *         "seconds": 1800,
                     *         "succeeded": [
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           3
                     *         ],
                     *         "throttled": [
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0
                     *         ]
                     *       },
                     *       "health": {
                     *         "reason": "it is paused",
                     *         "since": "2026-01-31T12:00:00.000Z",
                     *         "state": "paused"
                     *       },
                     *       "last_24h": {
                     *         "attempts": 3,
                     *         "cancelled": 0,
                     *         "delivered": 3,
                     *         "delivered_in": {
                     *           "count": 3,
                     *           "p50_ms": 3.158,
                     *           "p90_ms": 7.512,
                     *           "p95_ms": 7.512,
                     *           "p99_ms": 7.512
                     *         },
                     *         "deliveries": 3,
                     *         "event_bytes": 0,
                     *         "events": 0,
                     *         "failed": 0,
                     *         "failures": {},
                     *         "first_try_success_rate": 1,
                     *         "oldest_owed_seconds": null,
                     *         "phases": {
                     *           "connect": {
                     *             "count": 1,
                     *             "p50_ms": 1.117,
                     *             "p90_ms": 1.117,
                     *             "p95_ms": 1.117,
                     *             "p99_ms": 1.117
                     *           },
                     *           "dns": null,
                     *           "first_byte": {
                     *             "count": 3,
                     *             "p50_ms": 3.158,
                     *             "p90_ms": 7.512,
                     *             "p95_ms": 7.512,
                     *             "p99_ms": 7.512
                     *           },
                     *           "tls": null
                     *         },
                     *         "request_time": {
                     *           "count": 3,
                     *           "p50_ms": 3.158,
                     *           "p90_ms": 7.512,
                     *           "p95_ms": 7.512,
                     *           "p99_ms": 7.512
                     *         },
                     *         "requests": 3,
                     *         "statuses": {
                     *           "2xx": 3
                     *         },
                     *         "success_rate": 1
                     *       },
                     *       "last_attempt_at": "2026-01-31T12:00:00.000Z",
                     *       "last_failure_at": null,
                     *       "last_success_at": "2026-01-31T12:00:00.000Z",
                     *       "minutes": {
                     *         "deliveries": [
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           3
                     *         ],
                     *         "failed": [
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0
                     *         ],
                     *         "from": "2026-01-31T11:01:00.000Z",
                     *         "seconds": 60,
                     *         "succeeded": [
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           3
                     *         ],
                     *         "throttled": [
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0,
                     *           0
                     *         ]
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["WebhookStats"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    testWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description Whose things the request is about, for operators' keys; otherwise `default` */
                Tenant?: components["schemas"]["TenantId"];
            };
            path: {
                /** @description The webhook's id */
                id: components["schemas"]["WebhookId"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["TestInput"] | null;
            };
        };
        responses: {
            /** @description What was sent and what came back */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "connected": true,
                     *       "delivered": true,
                     *       "delivery": "dlv_0cpbham5kcrd2",
                     *       "error": null,
                     *       "remark": null,
                     *       "remote": "203.0.113.7:443",
                     *       "request": {
                     *         "body": {
                     *           "content": "{\"id\":\"test_0cpbham5kcrd2\",\"type\":\"price_alert\",\"timestamp\":\"2026-11-30T00:53:46.713Z\",\"data\":{\"direction\": \"above\", \"price\": 187.5, \"symbol\": \"ACME\", \"threshold\": 180}}",
                     *           "encoding": "utf8"
                     *         },
                     *         "headers": [
                     *           {
                     *             "name": "host",
                     *             "value": "example.com"
                     *           },
                     *           {
                     *             "name": "content-type",
                     *             "value": "application/json"
                     *           },
                     *           {
                     *             "name": "content-length",
                     *             "value": "169"
                     *           },
                     *           {
                     *             "name": "user-agent",
                     *             "value": "lanehook/0.1.0"
                     *           },
                     *           {
                     *             "name": "accept-encoding",
                     *             "value": "identity"
                     *           },
                     *           {
                     *             "name": "x-webhook-event",
                     *             "value": "price_alert"
                     *           },
                     *           {
                     *             "name": "x-webhook-delivery",
                     *             "value": "dlv_0cpbham5kcrd2"
                     *           },
                     *           {
                     *             "name": "webhook-id",
                     *             "value": "test_0cpbham5kcrd2"
                     *           },
                     *           {
                     *             "name": "webhook-timestamp",
                     *             "value": "1796000026"
                     *           },
                     *           {
                     *             "name": "webhook-signature",
                     *             "value": "v1,v49xvpVh2hgpKWLTwJbGaQKNmmIygCFf69myjQK7qjY="
                     *           }
                     *         ],
                     *         "method": "POST",
                     *         "truncated": false,
                     *         "url": "https://example.com/hook"
                     *       },
                     *       "response": {
                     *         "body": {
                     *           "content": "",
                     *           "encoding": "utf8"
                     *         },
                     *         "headers": [
                     *           {
                     *             "name": "server",
                     *             "value": "example"
                     *           },
                     *           {
                     *             "name": "date",
                     *             "value": "Mon, 30 Nov 2026 00:53:46 GMT"
                     *           },
                     *           {
                     *             "name": "content-length",
                     *             "value": "0"
                     *           }
                     *         ],
                     *         "status": 200,
                     *         "truncated": false
                     *       },
                     *       "started_at": "2026-11-30T00:53:46.730Z",
                     *       "status": 200,
                     *       "timeout": "10s",
                     *       "timings": {
                     *         "connect_us": 35601,
                     *         "dns_us": 0,
                     *         "first_byte_us": 79703,
                     *         "tls_us": 0,
                     *         "total_us": 79823
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["TestResult"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            408: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            414: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            429: components["responses"]["Problem"];
            500: components["responses"]["Problem"];
            501: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    receiveEvent: {
        parameters: {
            query?: never;
            header: {
                /** @description The event's id, the same each time */
                "webhook-id": string;
                /** @description When this request was made, in Unix seconds; refuse what is older than five minutes */
                "webhook-timestamp": string;
                /** @description `v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`, or `v1a,` and an Ed25519 signature; several, separated by spaces, while the secret is being rotated */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StandardPayload"];
            };
        };
        responses: {
            /** @description Send nothing more: the webhook is disabled */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Too fast: nothing is sent until `Retry-After` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Received. The body is not needed */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not received: it is tried again */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
}
