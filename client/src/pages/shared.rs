//! What pages of two areas share.

mod segment_counter;

pub use segment_counter::SegmentCounter;
