mod contacts;
mod edit;
mod export;
mod texters;
