//! Which templates are kept when there are too many.

use super::{
    kept::{KEPT_BYTES, KEPT_TEMPLATES},
    *,
};
use crate::model::Span;

fn nth(number: usize, of: &Webhook) -> Arc<Webhook> {
    Arc::new(Webhook { key: WebhookKey(Serial::nth(i64::try_from(number).unwrap())), ..of.clone() })
}

fn kept(bench: &Bench) -> usize {
    bench.sender.0.templates.lock().unwrap().count()
}

#[test]
fn beyond_the_most_that_are_kept_one_goes_for_one_and_those_in_use_stay() {
    let bench = Bench::dev();
    let prepared = |number| bench.sender.prepared(&nth(number, &webhook("http://127.0.0.1:8080/in"))).unwrap();
    let hot: Vec<_> = (0..3).map(|number| (number, prepared(number))).collect();
    for number in 3..2 * KEPT_TEMPLATES + 10 {
        prepared(number);
        if number % 1000 == 0 {
            for (number, first) in &hot {
                assert!(Arc::ptr_eq(&prepared(*number), first), "the one in use is made anew");
            }
        }
    }
    assert_eq!(kept(&bench), KEPT_TEMPLATES);
}

#[test]
fn of_heavy_ones_no_more_go_than_must() {
    let bench = Bench::dev();
    let mut heavy = webhook("http://127.0.0.1:8080/in");
    let headers = (0..32).map(|number| (format!("x-{number}"), format!("{number:02048}")));
    heavy.settings.headers = headers.collect::<BTreeMap<_, _>>().try_into().unwrap();
    let prepared = |webhook: &Arc<Webhook>| bench.sender.prepared(webhook).unwrap();
    let weight = prepared(&nth(0, &heavy)).template.credentials.weight();
    let most = KEPT_BYTES / weight;
    assert!(most < 100, "{weight}");
    for number in 1..3 * most {
        prepared(&nth(number, &heavy));
        assert_eq!(kept(&bench), most.min(number + 1));
    }
    // One that is made anew takes its own place.
    let last = 3 * most - 1;
    heavy.settings.timeout = Span::seconds(7);
    prepared(&nth(last, &heavy));
    assert_eq!(kept(&bench), most);
}
