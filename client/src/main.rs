//! The browser client of Bellwether: campaigns for admins, texting for texters.

#![recursion_limit = "512"]

mod app;
mod graphql;
mod pages;
mod routes;
mod session;
mod subscription;
mod ui;

fn main() {
    leptos::mount::mount_to_body(app::App);
}
