use bellwether_db::pool;
use bellwether_test_db::TestDb;

#[tokio::test]
async fn every_migration_can_be_taken_back_and_run_again() {
    let db = TestDb::new().await;
    let connection = pool::connect(db.url()).await.unwrap();
    let ran = tokio::task::spawn_blocking(move || pool::redo_all(connection).unwrap())
        .await
        .unwrap();
    assert!(ran >= 2);
    let pool = pool::open(db.url(), 1, None).unwrap();
    assert_eq!(
        pool::missing_migrations(&mut pool.get().await.unwrap())
            .await
            .unwrap(),
        0
    );
}
