mod graphql;
mod limits;
mod sign_in;
