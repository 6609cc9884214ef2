//! The sender against real receivers on TCP.
