//! A small market: prices that walk at random, and alerts about them, as the catalogue's pack `portfolio` describes them.

use rand::{Rng, RngExt};
use serde_json::{Value, json};

const STOCKS: [(&str, &str, f64); 6] = [
    ("ACME", "industrials", 187.5),
    ("GLOBX", "technology", 412.3),
    ("INITC", "technology", 64.2),
    ("UMBRL", "health", 98.7),
    ("STARK", "energy", 231.9),
    ("WAYNE", "financials", 155.0),
];

pub(super) struct Market<R> {
    rng: R,
    prices: [f64; STOCKS.len()],
}

impl<R: Rng> Market<R> {
    pub fn new(rng: R) -> Market<R> {
        Market { rng, prices: STOCKS.map(|(_, _, price)| price) }
    }

    /// The next alert, as it is published.
    pub fn next_alert(&mut self) -> Value {
        let stock = self.rng.random_range(0..STOCKS.len());
        let change: f64 = self.rng.random_range(-0.03..0.03);
        let before = self.prices[stock];
        let price = (before * (1.0 + change) * 100.0).round() / 100.0;
        self.prices[stock] = price;
        let (symbol, sector, _) = STOCKS[stock];
        let (event_type, side) = if change >= 0.0 { ("price_above", "above") } else { ("price_below", "below") };
        let target = if change >= 0.0 { price.floor() } else { price.ceil() };
        json!({
            "type": event_type,
            "ordering_key": symbol,
            "data": {
                "title": format!("{symbol} {side} {target:.2}"),
                "symbol": symbol,
                "sector": sector,
                "price": price,
                "target_price": target,
                "currency": "USD",
                "change_percent": (change * 10_000.0).round() / 100.0,
                "severity": if change.abs() > 0.02 { "warning" } else { "info" },
            },
        })
    }
}
