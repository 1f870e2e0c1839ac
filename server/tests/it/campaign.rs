mod build;
mod contacts;
mod edit;
mod export;
mod texters;
