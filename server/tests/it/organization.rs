mod edit;
mod invite;
mod join;
mod read;
mod settings;
