//! How often those may call that show no valid key: each client by itself, so that nobody uses up the places of others.

use std::{
    hash::BuildHasher as _,
    net::{IpAddr, Ipv6Addr},
};

use super::bucket::{Bucket, Quota, Whose};
use crate::model::{RateLimit, RateUnit, Timestamp};

/// Requests of one client without a valid key that are told so each second; beyond that they are refused without a word on why.
const MOST: RateLimit = RateLimit { limit: 50, per: RateUnit::Second };
/// Clients that are counted apart; of more, some share what one may. About 300 KB.
const APART: usize = 4_096;

/// What is left for each client. It takes the same memory for however many.
pub(super) struct Strangers {
    buckets: Box<[Bucket]>,
    /// By chance, so that nobody can choose an address that shares with somebody else's.
    places: std::hash::RandomState,
}

impl Strangers {
    pub fn new() -> Strangers {
        let buckets = (0..APART).map(|_| Bucket::new(Whose::Nobody, MOST)).collect();
        Strangers { buckets, places: std::hash::RandomState::new() }
    }

    /// Takes a place of this client's, if there is one. Those of whom no address is known are one client.
    pub fn take(&self, client: Option<IpAddr>, now: Timestamp) -> Quota {
        let place = self.places.hash_one(client.map(client_network)) % APART as u64;
        self.buckets[place as usize].take(now)
    }
}

/// What stands for a client where clients are counted: an IPv4 address, or the first 64 bits of an IPv6 address, which are one customer's.
pub fn client_network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_uses_up_their_places_leaves_others_theirs() {
        let (strangers, now) = (Strangers::new(), Timestamp::from_millis(1_800_000_000_000));
        let client = |number: u8| Some(IpAddr::from([203, 0, 113, number]));
        let allowed = (0..1_000).filter(|_| strangers.take(client(1), now).allowed).count();
        assert_eq!(allowed, MOST.limit as usize);
        // By chance one of a few shares its place.
        let others = (2..12).filter(|&number| strangers.take(client(number), now).allowed).count();
        assert!(others >= 8, "{others} of 10");
    }
}
