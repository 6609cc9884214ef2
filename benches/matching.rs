//! What it costs to find who wants an event: `cargo bench --bench matching`.
//!
//! Times are criterion's. Before them, the memory that a webhook takes: what is asked of the allocator, which itself
//! needs a tenth more.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    hint::black_box,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    time::{Duration, Instant},
};

use criterion::{BenchmarkId, Criterion};
use lanehook::{
    model::{EventType, Serial, TenantKey, TypePattern, WebhookKey},
    publish::route::Index,
    webhook::{Facts, Filter},
};
use serde_json::{Value, json};

struct Counting;

static IN_USE: AtomicUsize = AtomicUsize::new(0);

// SAFETY: hands everything to the system's allocator unchanged, and only counts.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        IN_USE.fetch_add(layout.size(), Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        IN_USE.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    memory();
    operators(&mut criterion);
    for webhooks in [100_000, 1_000_000] {
        events(&mut criterion, webhooks);
    }
    few(&mut criterion);
    watch_lists(&mut criterion);
    without_index_keys(&mut criterion);
    changes(&mut criterion);
    criterion.final_summary();
}

fn alert() -> EventType {
    EventType::parse("price.alert").unwrap()
}

/// About 1 KB.
fn event(symbol: &str) -> Value {
    json!({
        "symbol": symbol, "kind": "alert", "price": 187.25, "volume": 1_250_300, "exchange": "XNAS", "currency": "EUR",
        "condition": {"type": "crosses_above", "threshold": 187, "window": "5m", "confidence": 0.93},
        "user": {"id": "u-1029384756", "locale": "en-GB", "tags": ["pro", "beta", "eu"]},
        "history": (0..30).map(|n| json!({"at": n, "price": 180.5 + f64::from(n) / 4.0})).collect::<Vec<_>>(),
        "note": "The price has crossed above what you set on Monday. Nothing was ordered for you.",
    })
}

fn filter(json: Value) -> Filter {
    Filter::parse(&json).unwrap()
}

/// So many webhooks of one tenant with this filter.
fn index(webhooks: i64, wanted: impl Fn(i64) -> Option<Filter>) -> Index {
    let types = [TypePattern::parse("price.*").unwrap()];
    let mut index = Index::of(TenantKey(1));
    for number in 0..webhooks {
        index.enter(WebhookKey(Serial::nth(number)), &types, wanted(number));
    }
    index
}

fn by_symbol(symbols: i64) -> impl Fn(i64) -> Option<Filter> {
    move |number| Some(filter(json!({"data": {"symbol": format!("S{}", number % symbols)}})))
}

/// The price must be asked for, too.
fn by_symbol_and_price(symbols: i64) -> impl Fn(i64) -> Option<Filter> {
    move |number| {
        let symbol = format!("S{}", number % symbols);
        Some(filter(json!({"data": {"kind": "alert", "symbol": symbol, "price": {"$gte": 100}}})))
    }
}

fn memory() {
    const WEBHOOKS: i64 = 1_000_000;
    let before = IN_USE.load(Relaxed);
    let filters: Vec<_> = (0..WEBHOOKS).filter_map(by_symbol(1000)).collect();
    let with_filters = IN_USE.load(Relaxed);
    let begun = Instant::now();
    let index = index(WEBHOOKS, |number| filters.get(number as usize).cloned());
    let (taken, with_index) = (begun.elapsed(), IN_USE.load(Relaxed));
    let each = |bytes: usize| bytes / WEBHOOKS as usize;
    println!(
        "{} webhooks: {} bytes each for the filter, {} for the index; entered in {taken:.2?}",
        index.len(),
        each(with_filters - before),
        each(with_index - with_filters),
    );
    drop(index);
    let before = IN_USE.load(Relaxed);
    let apart = self::index(WEBHOOKS, |number| filters.get(number as usize).cloned().filter(|_| false));
    println!("without filters: {} bytes each for the index", each(IN_USE.load(Relaxed) - before));
    drop((apart, filters));
    let filters: Vec<_> = (0..WEBHOOKS).filter_map(by_symbol(WEBHOOKS)).collect();
    let before = IN_USE.load(Relaxed);
    let index = self::index(WEBHOOKS, |number| filters.get(number as usize).cloned());
    println!("each with a symbol of its own: {} bytes each for the index", each(IN_USE.load(Relaxed) - before));
    drop(index);
}

fn operators(criterion: &mut Criterion) {
    let (name, data) = (alert(), event("S42"));
    let facts = Facts::new(&name, &data);
    let text = data.to_string();
    let mut group = criterion.benchmark_group("filter");
    let list = |size: i32| (0..size).map(|n| format!("S{n}")).collect::<Vec<_>>();
    let clauses: Vec<Value> = (0..10).map(|n| json!({"data": {"volume": {"$gt": n}}})).collect();
    for (title, filter) in [
        ("$eq", json!({"data": {"symbol": "S42"}})),
        ("$eq, three levels down", json!({"data": {"condition": {"type": "crosses_above"}}})),
        ("$gte", json!({"data": {"price": {"$gte": 180}}})),
        ("$in of 10", json!({"data": {"symbol": {"$in": list(10)}}})),
        ("$in of 1000", json!({"data": {"symbol": {"$in": list(1000)}}})),
        ("$contains", json!({"data": {"note": {"$contains": "ordered"}}})),
        ("$startsWith", json!({"data": {"user": {"id": {"$startsWith": "u-10"}}}})),
        ("$regex", json!({"data": {"symbol": {"$regex": "^S[0-9]{1,4}$"}}})),
        ("$gt in a list of 30", json!({"data": {"history": {"price": {"$gt": 200}}}})),
        ("type", json!({"type": "price.alert"})),
        ("10 clauses", json!({ "$and": clauses })),
    ] {
        let filter = self::filter(filter);
        group.bench_function(title, |bencher| bencher.iter(|| black_box(&filter).matches(&facts)));
    }
    group.bench_function(format!("reading {} bytes of data", text.len()), |bencher| {
        bencher.iter(|| serde_json::from_str::<Value>(black_box(&text)).unwrap())
    });
    group.finish();
}

fn events(criterion: &mut Criterion, webhooks: i64) {
    let (name, data) = (alert(), event("S42"));
    let text = data.to_string();
    let mut group = criterion.benchmark_group("event to 100 of");
    for (title, index) in [
        ("symbol", index(webhooks, by_symbol(webhooks / 100))),
        ("kind, symbol and price", index(webhooks, by_symbol_and_price(webhooks / 100))),
    ] {
        assert_eq!(index.matching(&Facts::new(&name, &data)).len(), 100);
        group.bench_function(BenchmarkId::new(title, webhooks), |bencher| {
            bencher.iter(|| index.matching(&Facts::new(&name, black_box(&data))))
        });
        group.bench_function(BenchmarkId::new(format!("{title}, data unread"), webhooks), |bencher| {
            bencher.iter(|| index.matching(&Facts::unread(&name, black_box(text.as_bytes()))))
        });
    }
    group.finish();
}

fn few(criterion: &mut Criterion) {
    let (name, data) = (alert(), event("S42"));
    let text = data.to_string();
    let mut group = criterion.benchmark_group("few webhooks");
    let one = index(1, |_| None);
    group.bench_function("1 webhook without filter", |bencher| {
        bencher.iter(|| one.matching(&Facts::unread(&name, black_box(text.as_bytes()))))
    });
    let index = index(1000, by_symbol_and_price(100));
    group.bench_function("1000 webhooks, 10 matches", |bencher| {
        bencher.iter(|| index.matching(&Facts::new(&name, black_box(&data))))
    });
    group.bench_function("1000 webhooks, 10 matches, data unread", |bencher| {
        bencher.iter(|| index.matching(&Facts::unread(&name, black_box(text.as_bytes()))))
    });
    group.finish();
}

/// Watch-lists: `$in` with some hundred symbols.
fn watch_lists(criterion: &mut Criterion) {
    let watched = |number: i64| {
        let symbols: Vec<String> = (0..500).map(|place| format!("S{}", (number * 37 + place * 7) % 5000)).collect();
        Some(filter(json!({"data": {"kind": "alert", "symbol": {"$in": symbols}}})))
    };
    let before = IN_USE.load(Relaxed);
    let filters: Vec<_> = (0..10_000).filter_map(watched).collect();
    let (with_filters, begun) = (IN_USE.load(Relaxed), Instant::now());
    let index = index(10_000, |number| filters.get(number as usize).cloned());
    let (taken, with_index) = (begun.elapsed(), IN_USE.load(Relaxed));
    let each = |bytes: usize| bytes / 5_000_000;
    println!(
        "10000 watch-lists of 500: {} bytes a value for the filter, {} for the index; entered in {taken:.2?}",
        each(with_filters - before),
        each(with_index - with_filters),
    );
    let (name, data) = (alert(), event("S42"));
    let found = index.matching(&Facts::new(&name, &data)).len();
    criterion.bench_function(&format!("10000 watch-lists of 500, {found} matches"), |bencher| {
        bencher.iter(|| index.matching(&Facts::new(&name, black_box(&data))))
    });
}

fn without_index_keys(criterion: &mut Criterion) {
    let (name, data) = (alert(), event("S42"));
    let facts = Facts::new(&name, &data);
    let mut group = criterion.benchmark_group("event over 100000");
    for (title, index) in [
        ("price above what nothing is", index(100_000, |_| Some(filter(json!({"data": {"price": {"$gt": 900}}}))))),
        ("not of another symbol", index(100_000, |_| Some(filter(json!({"data": {"symbol": {"$neq": "S42"}}}))))),
        ("all match, without filter", index(100_000, |_| None)),
        ("all match by symbol", index(100_000, |_| Some(filter(json!({"data": {"symbol": "S42"}}))))),
    ] {
        group.bench_function(title, |bencher| bencher.iter(|| index.matching(black_box(&facts))));
    }
    let filters: Vec<Filter> = (0..100_000).filter_map(by_symbol(1000)).collect();
    group.bench_function("every filter asked, no index", |bencher| {
        bencher.iter(|| filters.iter().filter(|filter| filter.matches(black_box(&facts))).count())
    });
    group.finish();
}

fn changes(criterion: &mut Criterion) {
    let types = [TypePattern::parse("price.*").unwrap()];
    let mut index = index(1_000_000, by_symbol_and_price(10_000));
    let filters: Vec<_> = (0..1000).filter_map(by_symbol_and_price(10_000)).collect();
    let mut turn = 0;
    criterion.bench_function("a webhook among 1000000 changes", |bencher| {
        bencher.iter(|| {
            turn += 1;
            let number = (turn * 7919) % 1_000_000;
            let wanted = filters.get(turn as usize % filters.len()).cloned();
            index.enter(WebhookKey(Serial::nth(number)), &types, wanted);
        })
    });
}
