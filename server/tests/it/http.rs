mod graphql;
mod sign_in;
