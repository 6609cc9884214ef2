//! Keeping order: of the deliveries with one key, one at a time is in the lane's hands; the others wait behind it.
//!
//! Few wait in memory. When there are too many, those further back are left in the store, and are loaded when their
//! turn comes ([`Keys::wanted_load`]).

use std::collections::{HashMap, VecDeque};

use crate::model::{DeliveryId, OrderingKey, Owed};

/// The keys that have a delivery under way or waiting for a retry.
#[derive(Debug, Default)]
pub struct Keys {
    queues: HashMap<OrderingKey, Queue>,
    waiting: usize,
    to_load: VecDeque<OrderingKey>,
}

#[derive(Debug)]
struct Queue {
    /// Whose turn it is: nothing else of this key may go before it has come to its end.
    holder: DeliveryId,
    waiting: VecDeque<Owed>,
    /// There are more behind `waiting`, in the store.
    spilled: bool,
    /// A retry came up while another delivery was holding the key.
    passed_over: bool,
}

/// What becomes of a delivery that was taken from the store.
#[derive(Debug, PartialEq)]
pub enum Admission {
    /// It is its turn.
    Go(Owed),
    /// It waits, here or in the store.
    Wait,
}

/// What follows when a delivery has come to its end.
#[derive(Debug, Default, PartialEq)]
pub struct Release {
    /// The next of its key.
    pub next: Option<Owed>,
    /// A retry waits for its turn in the store.
    pub look_for_retries: bool,
}

impl Keys {
    /// How many keys are held.
    pub fn len(&self) -> usize {
        self.queues.len()
    }

    /// How many deliveries wait in memory behind others.
    pub fn waiting(&self) -> usize {
        self.waiting
    }

    /// A fresh delivery, in the order of the store. `spill`: memory is full, leave it there if it must wait.
    pub fn admit(&mut self, key: OrderingKey, owed: Owed, spill: bool) -> Admission {
        let Some(queue) = self.queues.get_mut(&key) else {
            self.hold(key, owed.id);
            return Admission::Go(owed);
        };
        if spill || queue.spilled {
            queue.spilled = true;
        } else {
            queue.waiting.push_back(owed);
            self.waiting += 1;
        }
        Admission::Wait
    }

    /// This delivery holds the key, unless another does.
    pub fn hold(&mut self, key: OrderingKey, holder: DeliveryId) {
        let queue = Queue { holder, waiting: VecDeque::new(), spilled: false, passed_over: false };
        self.queues.entry(key).or_insert(queue);
    }

    /// A retry is due: whether it is its turn.
    pub fn retry(&mut self, key: OrderingKey, id: DeliveryId) -> bool {
        self.hold(key.clone(), id);
        match self.queues.get_mut(&key) {
            Some(queue) if queue.holder != id => {
                queue.passed_over = true;
                false
            }
            _ => true,
        }
    }

    /// The holder has come to its end. `None` if it did not hold the key.
    pub fn release(&mut self, key: &OrderingKey, id: DeliveryId) -> Option<Release> {
        let queue = self.queues.get_mut(key).filter(|queue| queue.holder == id)?;
        let look_for_retries = std::mem::take(&mut queue.passed_over);
        let next = queue.waiting.pop_front();
        match &next {
            Some(next) => {
                queue.holder = next.id;
                self.waiting -= 1;
            }
            None if queue.spilled => self.to_load.push_back(key.clone()),
            None => {
                self.queues.remove(key);
            }
        }
        Some(Release { next, look_for_retries })
    }

    /// A delivery was given up by hand: it may hold a key while it waits for a retry, or wait behind another.
    pub fn forget(&mut self, id: DeliveryId) -> Option<Release> {
        for queue in self.queues.values_mut() {
            let before = queue.waiting.len();
            queue.waiting.retain(|owed| owed.id != id);
            self.waiting -= before - queue.waiting.len();
        }
        let key = self.queues.iter().find(|(_, queue)| queue.holder == id).map(|(key, _)| key.clone())?;
        self.release(&key, id)
    }

    /// A key whose next deliveries are in the store, and behind which one they come.
    pub fn wanted_load(&mut self) -> Option<(OrderingKey, DeliveryId)> {
        let key = self.to_load.pop_front()?;
        let after = self.queues.get(&key)?.holder;
        Some((key, after))
    }

    /// The store could not be asked: once more.
    pub fn load_failed(&mut self, key: OrderingKey) {
        self.to_load.push_back(key);
    }

    /// What the store had for a key, in order; `more`: there are others behind. `None` if the key is not held any more.
    pub fn loaded(&mut self, key: &OrderingKey, deliveries: Vec<Owed>, more: bool) -> Option<Release> {
        let queue = self.queues.get_mut(key)?;
        let mut deliveries = deliveries.into_iter();
        let Some(first) = deliveries.next() else {
            let look_for_retries = queue.passed_over;
            self.queues.remove(key);
            return Some(Release { next: None, look_for_retries });
        };
        queue.holder = first.id;
        queue.spilled = more;
        self.waiting += deliveries.len();
        queue.waiting.extend(deliveries);
        Some(Release { next: Some(first), look_for_retries: false })
    }
}
