//! JavaScript written by strangers: a sandbox and the processes it runs in.
