//! Lines that the documentation gives to paste, run as they stand: what comes back is what is shown below them.

use serde_json::{Value, json};

use crate::app::TestApp;

/// A request as `curl` would make it.
struct Line {
    path: String,
    body: Option<Value>,
    shown: Value,
}

/// The lines of a page that are followed by what they are answered with.
fn lines(page: &str) -> Vec<Line> {
    let blocks = page.split("```sh\n").skip(1).filter_map(|rest| {
        let (command, rest) = rest.split_once("```\n\n```json\n")?;
        // Another block may be in between.
        (!command.contains("```")).then_some((command, rest.split("```").next()?))
    });
    let read = |(command, shown): (&str, &str)| {
        let path = command.split_once("/api/v1").unwrap().1;
        let path = path[..path.find(['"', ' ', '\n']).unwrap()].to_owned();
        let body = command.split_once("-d '").map(|(_, rest)| rest.rsplit_once('\'').unwrap().0);
        let body = body.map(|text| serde_json::from_str(text).unwrap());
        Line { path, body, shown: serde_json::from_str(shown).unwrap() }
    };
    blocks.map(read).collect()
}

#[tokio::test]
async fn what_is_shown_below_a_line_is_what_comes_back() {
    let app = TestApp::start().await;
    let webhook = json!({"url": "https://pager.example.com/hook", "name": "Risk desk",
        "filter": {"data": {"change_percent": {"$gte": 5}}}});
    app.call("PUT", "/webhooks/risk-pager").json(webhook).await.expect(201);
    for (id, price) in [("e0", 121.5), ("e1", 187.5)] {
        let data = json!({"symbol": "AAPL", "price": price, "change_percent": 2.36});
        app.post("/events", json!({"id": id, "type": "price_alert", "data": data})).await.expect(202);
    }
    let mut run = Vec::new();
    for page in [include_str!("../../../docs/filters.md"), include_str!("../../../docs/operation.md")] {
        for Line { path, body, shown } in lines(page) {
            let answer = match body {
                Some(body) => app.post(&path, body).await,
                None => app.get(&path).await,
            };
            assert_eq!(answer.expect(200).json, shown, "{path}");
            run.push(path);
        }
    }
    assert_eq!(run, ["/events/e1/webhooks", "/filters/try", "/search?q=pager.example.com"]);
}
