mod edit_roles;
mod edit_user;
mod list;
mod notifications;
