//! One body of all events of a batch.

use lanehook_script::{ScriptError, Transformed};
use serde_json::{Value, json};

use super::*;
use crate::render::Renderer;

/// One message of many events.
fn summing(template: &str) -> Webhook {
    let mut webhook = webhook(json!({"template": template}));
    webhook.settings.payload = None;
    webhook
}

#[test]
fn a_template_of_the_batch_writes_one_body_of_all_events() {
    let template = r#"{"text": "{{ count }}: {{ events | map(attribute='data.n') | sum }} of {{ events[0].type }}, {{ events[0].card.title }}"}"#;
    let webhook = summing(template);
    let deliveries = (1..=3).map(|n| due(n, &json!({"n": n, "title": format!("t{n}")}))).collect();
    let batch = DueBatch { deliveries, cohesion: Cohesion::InOrder, attempt: None };
    let rendered = Renderer::default().render(&webhook, &batch, &Scripted::new());
    let (message, carried) = rendered.message.unwrap();
    assert_eq!(&message.body[..], br#"{"text":"3: 6 of a, t1"}"#);
    assert_eq!(carried, [id(1), id(2), id(3)]);
    assert!(!message.is_standard && message.id.starts_with("bat_"));
}

#[test]
fn a_template_of_the_batch_that_fails_sends_nothing_of_it() {
    let webhook = summing(r#"{"n": {{ events[1].data.missing }}}"#);
    let deliveries = (1..=2).map(|n| due(n, &json!({"n": n}))).collect();
    let batch = DueBatch { deliveries, cohesion: Cohesion::Whole, attempt: None };
    let rendered = Renderer::default().render(&webhook, &batch, &Scripted::new());
    assert!(rendered.message.is_none());
    assert_eq!(rendered.rejected.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [id(1), id(2)]);
    assert!(rendered.rejected.iter().all(|(_, failure)| failure.kind == FailureKind::Render));
}

#[test]
fn many_events_can_be_one_message_of_a_platform() {
    let mut webhook = summing(r#"{"content": "{% for event in events %}{{ event.data.text }}\n{% endfor %}"}"#);
    webhook.settings.platform = Some(serde_json::from_value(json!("discord")).unwrap());
    let deliveries = (1..=9).map(|n| due(n, &json!({"text": "x".repeat(400)}))).collect();
    let batch = DueBatch { deliveries, cohesion: Cohesion::Loose, attempt: None };
    let rendered = Renderer::default().render(&webhook, &batch, &Scripted::new());
    let (message, carried) = rendered.message.unwrap();
    let body: Value = serde_json::from_slice(&message.body).unwrap();
    assert_eq!(
        (carried.len(), body["content"].as_str().unwrap().chars().count()),
        (9, 2_000),
        "within the platform's limits"
    );
}

/// One message of many events, by a script.
fn scripted(settings: Value) -> Webhook {
    let mut webhook = webhook(settings);
    webhook.settings.payload = None;
    webhook
}

const SCRIPT: &str = "function transform(batch) { return { text: batch.count + ' alerts' } }";

/// What the script of a batch is given of these events, and the room that it takes up.
fn gathered(webhook: &Webhook, batch: &DueBatch, memory: &Budget<TenantKey>) -> (Gathered, Room) {
    let (templates, none) = (Templates::default(), Scripted::new());
    let settings = webhook.settings.batch.as_ref().unwrap();
    let parts = Parts { templates: &templates, webhook, settings, batch, scripted: &none };
    let (mut progress, mut room) = (Progress::default(), memory.nothing(OWN));
    loop {
        if let Poll::Ready(step) = progress.go_on(&parts, &mut room, &mut Slice::of_one_piece()) {
            match step.unwrap() {
                Step::ForScript(gathered) => return (gathered, room),
                Step::Done(rendered) => panic!("it is for the script: {rendered:?}"),
            }
        }
    }
}

fn numbered(count: i64, cohesion: Cohesion) -> DueBatch {
    DueBatch { deliveries: (1..=count).map(|n| due(n, &json!({"n": n}))).collect(), cohesion, attempt: None }
}

#[test]
fn the_script_of_a_batch_is_given_all_events_and_its_answer_is_the_body() {
    let webhook = scripted(json!({"script": SCRIPT, "collapse": "data.key"}));
    let mut batch = numbered(3, Cohesion::InOrder);
    batch.deliveries.insert(0, due(0, &json!({"key": "a", "n": 0})));
    batch.deliveries.push(due(4, &json!({"key": "a", "n": 4})));
    let (gathered, mut room) = gathered(&webhook, &batch, &Budget::new(1 << 30));
    let input: Value = serde_json::from_str(&gathered.input).unwrap();
    let numbers: Vec<&Value> = input["events"].as_array().unwrap().iter().map(|event| &event["data"]["n"]).collect();
    assert_eq!(numbers, [1, 2, 3, 4], "what a newer one replaces is not in it");
    assert_eq!((&input["count"], &input["webhook"]["id"], &input["fields"]), (&json!(4), &json!("w"), &json!({})));
    let event = input["events"][0].as_object().unwrap();
    assert!(!["card", "webhook", "fields"].iter().any(|name| event.contains_key(*name)), "{event:?}");
    assert_eq!(input["timestamp"], gathered.now.to_string());
    assert_eq!(gathered.now, id(4).0.time());
    let batch_id = input["id"].as_str().unwrap().to_owned();

    let written = gathered.written(&webhook, &Ok(Transformed::Json(r#"{"text":"4"}"#.into())), &mut room).unwrap();
    let (message, carried) = written.message.unwrap();
    assert_eq!((&message.body[..], &*message.content_type), (&br#"{"text":"4"}"#[..], "application/json"));
    assert_eq!((message.id, carried), (batch_id, vec![id(1), id(2), id(3), id(4)]));
    assert_eq!(
        written.rejected.iter().map(|(of, failure)| (*of, failure.kind)).collect::<Vec<_>>(),
        [(id(0), FailureKind::Collapsed)]
    );
}

#[test]
fn what_the_script_of_a_batch_does_not_write_stands_or_falls_together() {
    let mut webhook = scripted(json!({"script": SCRIPT}));
    let error = |message: &str| ScriptError { line: Some(3), message: message.into(), no_worker: false };
    let rejected = |webhook: &Webhook, written: Result<Transformed, ScriptError>| {
        let (gathered, mut room) = gathered(webhook, &numbered(2, Cohesion::Loose), &Budget::new(1 << 30));
        let rendered = gathered.written(webhook, &written, &mut room).unwrap();
        assert!(rendered.message.is_none());
        let (ids, failures): (Vec<_>, Vec<_>) = rendered.rejected.into_iter().unzip();
        assert_eq!((ids, &failures[0]), (vec![id(1), id(2)], &failures[1]));
        (failures[0].kind, failures[0].message.clone())
    };
    let skipped = rejected(&webhook, Ok(Transformed::Null));
    assert_eq!(skipped, (FailureKind::Skipped, "the batch's script returned null: there is nothing to send".into()));
    let failed = rejected(&webhook, Err(error("no way")));
    assert_eq!(failed, (FailureKind::Render, "the batch's script: line 3: no way".into()));
    // What a platform would not take is better not sent.
    webhook.settings.platform = Some(serde_json::from_value(json!("discord")).unwrap());
    let (kind, message) = rejected(&webhook, Ok(Transformed::Json("[1".into())));
    assert!(kind == FailureKind::Render && message.contains("no JSON"), "{message}");
}

#[test]
fn what_the_script_of_a_batch_returns_is_one_message_of_a_platform() {
    let mut webhook = scripted(json!({"script": SCRIPT}));
    webhook.settings.platform = Some(serde_json::from_value(json!("discord")).unwrap());
    let (gathered, mut room) = gathered(&webhook, &numbered(2, Cohesion::Loose), &Budget::new(1 << 30));
    let written = Ok(Transformed::Json(json!({"content": "x".repeat(3_000)}).to_string().into()));
    let (message, _) = gathered.written(&webhook, &written, &mut room).unwrap().message.unwrap();
    let body: Value = serde_json::from_slice(&message.body).unwrap();
    assert_eq!(body["content"].as_str().unwrap().chars().count(), 2_000, "within the platform's limits");
}

#[test]
fn what_a_script_of_a_batch_is_given_is_held_while_it_waits() {
    let webhook = scripted(json!({"script": SCRIPT}));
    let large = |n| due(n, &json!({"n": "x".repeat(10_000)}));
    let batch = DueBatch { deliveries: (1..=20).map(large).collect(), cohesion: Cohesion::Whole, attempt: None };
    let memory = Budget::new(4_000_000);
    let (mut gathered, mut room) = gathered(&webhook, &batch, &memory);
    assert!(gathered.input.len() > 200_000 && room.amount() >= batch.bytes() + gathered.input.len());
    assert!(room.amount() < batch.bytes() + 2 * gathered.input.len(), "it takes the place of what it is made of");
    // Nor is more sent than there is memory for.
    let taken_by_others = memory.take(OTHER, 1_700_000).unwrap();
    let long = Transformed::Json(vec![b' '; 1 << 20].into());
    gathered.made.forget(gathered.input.len());
    assert!(!gathered.written(&webhook, &Ok(long), &mut room).unwrap_err().for_ever, "there may be room later");
    drop(taken_by_others);
    let none = Scripted::new();
    let rendered = Renderer::default().render(&webhook, &numbered(1, Cohesion::Loose), &none);
    assert!(rendered.rejected[0].1.message.contains("was not run"), "it is said where nobody runs it");
}
