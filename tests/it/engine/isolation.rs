//! One webhook never delays another: receivers that misbehave in every way, beside one that does not, while no time
//! passes at all, so that no timeout can have helped.

use serde_json::json;

use crate::{
    receiver::{Receiver, Reply, huge_headers},
    server::TestServer,
};

async fn healthy_gets_everything_beside(trouble: Vec<Reply>) {
    let server = TestServer::start_with(|config| config.max_in_flight = 192).await;
    let mut troubled = Vec::new();
    for reply in trouble {
        let receiver = Receiver::that(reply).await;
        server.webhook(&receiver.url("/"), json!({})).await;
        troubled.push(receiver);
    }
    let healthy = Receiver::start().await;
    let hook = server.webhook(&healthy.url("/"), json!({})).await;
    // The others are in their trouble before the healthy one has work, and get more of it all the time.
    server.publish_many(100).await;
    for receiver in &troubled {
        receiver.received(1).await;
    }
    for number in 0..300 {
        server.publish_id(&format!("more-{number}")).await;
    }
    healthy.received(400).await;
    let query = format!("webhook={}&status=delivered", hook.id);
    let all = |found: Vec<_>| if found.len() == 400 { Ok(()) } else { Err(found.len().to_string()) };
    crate::client::eventually("all to be recorded", async || all(server.deliveries(&query).await)).await;
    assert_eq!(healthy.count(), 400, "each once");
}

#[tokio::test]
async fn a_receiver_that_hangs_costs_only_its_own_lane() {
    healthy_gets_everything_beside(vec![Reply::Hold]).await;
}

#[tokio::test]
async fn a_receiver_that_answers_a_byte_at_a_time_costs_only_its_own_lane() {
    healthy_gets_everything_beside(vec![Reply::Drip]).await;
}

#[tokio::test]
async fn a_receiver_with_an_endless_body_costs_only_its_own_lane() {
    healthy_gets_everything_beside(vec![Reply::Endless]).await;
}

#[tokio::test]
async fn a_receiver_with_a_megabyte_of_headers_costs_only_its_own_lane() {
    healthy_gets_everything_beside(vec![huge_headers()]).await;
}

#[tokio::test]
async fn a_receiver_that_closes_early_costs_only_its_own_lane() {
    healthy_gets_everything_beside(vec![Reply::Close(Vec::new())]).await;
}

#[tokio::test]
async fn many_hanging_receivers_leave_room_for_a_healthy_one() {
    let several = [Reply::Hold, Reply::Drip, Reply::Hold, Reply::Endless, huge_headers(), Reply::Close(Vec::new())];
    let all: Vec<Reply> = several.iter().cycle().take(18).cloned().collect();
    healthy_gets_everything_beside(all).await;
}

#[tokio::test]
async fn a_tenant_with_more_hanging_receivers_than_send_slots_does_not_starve_another() {
    let server = TestServer::start_with(|config| config.max_in_flight = 16).await;
    let (noisy, quiet) = (Receiver::that(Reply::Hold).await, Receiver::start().await);
    server.webhook(&quiet.url("/"), json!({})).await;
    server.post("/tenants", json!({"id": "noisy"})).await.expect(201);
    let loud = server.of_tenant("noisy");
    for number in 0..24 {
        loud.webhook(&noisy.url(&format!("/{number}")), json!({})).await;
    }
    loud.publish_many(50).await;
    // All that it may hold.
    noisy.holding(2).await;
    server.publish_many(50).await;
    quiet.received(50).await;
}
