use serde_json::{Value, json};

use crate::harness::{TestApp, World};

const SAVE: &str = "mutation ($id: String!, $answers: [QuestionResponseInput]) {
    updateQuestionResponses(campaignContactId: $id, questionResponses: $answers) }";
const READ: &str = "mutation ($assignment: String!, $ids: [String]) {
    getAssignmentContacts(assignmentId: $assignment, contactIds: $ids) {
        id questionResponseValues { interactionStepId value question { text } nextInteractionStep { script } } } }";

async fn step(test: &TestApp, world: &World, question: &str) -> i64 {
    test.number(&format!(
        "SELECT id FROM interaction_step WHERE campaign_id = {} AND question = '{question}'",
        world.campaign
    ))
    .await
}

fn answer(contact: i64, step: i64, value: &str) -> Value {
    json!({"campaignContactId": contact.to_string(), "interactionStepId": step.to_string(), "value": value})
}

#[tokio::test]
async fn the_set_given_replaces_the_set_there_was() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    let texter = world.as_texter(&test).await;
    let contact = world.contacts[0];
    let (first, second) = (
        step(&test, &world, "Will they vote?").await,
        step(&test, &world, "Bring a friend?").await,
    );
    for set in [
        vec![answer(contact, first, "Yes"), answer(contact, second, "Friend")],
        vec![answer(contact, first, "No")],
        vec![],
        vec![answer(contact, first, "Yes")],
    ] {
        texter
            .data(SAVE, json!({"id": contact.to_string(), "answers": set}))
            .await;
        assert_eq!(
            test.number("SELECT count(*) FROM question_response").await,
            set.len() as i64
        );
    }
    let read = texter
        .data(
            READ,
            json!({"assignment": world.assignment.to_string(), "ids": [contact.to_string()]}),
        )
        .await;
    assert_eq!(
        read["getAssignmentContacts"][0]["questionResponseValues"],
        json!([{"interactionStepId": first, "value": "Yes", "question": {"text": "Will they vote?"},
                "nextInteractionStep": {"script": "Great, thanks!"}}])
    );
}

#[tokio::test]
async fn refuses_what_is_no_answer_of_the_question_and_keeps_what_was_there() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 2).await;
    let texter = world.as_texter(&test).await;
    let contact = world.contacts[0];
    let first = step(&test, &world, "Will they vote?").await;
    texter
        .data(
            SAVE,
            json!({"id": contact.to_string(), "answers": [answer(contact, first, "Yes")]}),
        )
        .await;
    for bad in [
        vec![answer(contact, first, "Perhaps")],
        vec![answer(contact, 999_999, "Yes")],
        vec![answer(world.contacts[1], first, "No")],
        vec![answer(contact, first, "No"), answer(contact, first, "Yes")],
    ] {
        assert_eq!(
            texter
                .code(SAVE, json!({"id": contact.to_string(), "answers": bad}))
                .await,
            "BAD_USER_INPUT"
        );
    }
    assert_eq!(
        test.number("SELECT count(*) FROM question_response WHERE value = 'Yes'")
            .await,
        1
    );
}
