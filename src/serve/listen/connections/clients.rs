//! How many connections each client has. Clients have places of their own in a row, so that whoever looks at thousands of connections
//! finds their clients by a number.

use std::{collections::HashMap, net::IpAddr};

/// Those that have connections.
#[derive(Default)]
pub(super) struct Clients {
    indexes: HashMap<IpAddr, ClientIndex>,
    row: Vec<Client>,
    free: Vec<ClientIndex>,
}

/// A client's place. It is another's after the last of its connections has left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct ClientIndex(u32);

/// What a client has.
pub(super) struct Client {
    address: IpAddr,
    /// Connections that were not asked to end.
    pub connections: usize,
    /// Those of them over which no request with a good key has come.
    pub strangers: usize,
}

impl Clients {
    /// The place of a client that has connections.
    pub fn index(&self, client: IpAddr) -> Option<ClientIndex> {
        self.indexes.get(&client).copied()
    }

    pub fn get(&self, index: ClientIndex) -> &Client {
        &self.row[index.0 as usize]
    }

    /// A client has one more.
    pub fn enters(&mut self, address: IpAddr, is_stranger: bool) -> ClientIndex {
        let index = self.index(address).unwrap_or_else(|| self.add(address));
        let client = &mut self.row[index.0 as usize];
        client.connections += 1;
        client.strangers += usize::from(is_stranger);
        index
    }

    /// Over one of its connections a request with a good key has come.
    pub fn is_known(&mut self, index: ClientIndex) {
        self.row[index.0 as usize].strangers -= 1;
    }

    /// A client has one less.
    pub fn leaves(&mut self, index: ClientIndex, is_stranger: bool) {
        let client = &mut self.row[index.0 as usize];
        client.connections -= 1;
        client.strangers -= usize::from(is_stranger);
        if client.connections == 0 {
            self.indexes.remove(&client.address);
            self.free.push(index);
        }
    }

    /// Whether nobody has any.
    #[cfg(test)]
    pub fn is_empty(&self) -> bool {
        self.indexes.is_empty() && self.free.len() == self.row.len()
    }

    fn add(&mut self, address: IpAddr) -> ClientIndex {
        let client = Client { address, connections: 0, strangers: 0 };
        let index = match self.free.pop() {
            Some(index) => {
                self.row[index.0 as usize] = client;
                index
            }
            None => {
                self.row.push(client);
                // There are no more clients than connections.
                ClientIndex(self.row.len() as u32 - 1)
            }
        };
        self.indexes.insert(address, index);
        index
    }
}
