mod own;
mod reset;
