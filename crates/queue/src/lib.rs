//! A job queue on PostgreSQL; knows nothing about texting.
