//! A job queue on PostgreSQL; knows nothing about texting.
//!
//! The table `job_request` is the queue: whoever enqueues does it in the transaction of the change that asks for the
//! job, and users see the same row with its progress. A worker holds a job by a lease that it renews; the lease of a
//! dead worker runs out and the job comes back with its checkpoint. Jobs of one `queue_name` run one after another,
//! in the order in which they were enqueued. All "now" is the database's, so that clocks of machines do not matter.
//!
//! | module | what |
//! |---|---|
//! | [`job`] | a job's row; enqueue, find, cancel |
//! | [`lease`] | claim, progress, heartbeat, and the ends: complete, fail, retry later, release |
//! | [`worker`] | the loop that takes jobs and runs them by a [`Handler`] |

pub mod job;
pub mod lease;
pub mod worker;

pub use job::{
    Cancelled, JobRow, NewJob, cancel, discard_failed, enqueue, find, pending_for_campaign,
    pending_for_campaigns, pending_for_organization,
};
pub use lease::{Lease, claim, complete, fail, heartbeat, is_held, progress, reap, release_all, retry_later};
pub use worker::{Handler, JobError, Worker};
