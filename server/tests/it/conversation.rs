mod opt_out;
mod question_responses;
mod receive;
mod send_message;
mod status;
