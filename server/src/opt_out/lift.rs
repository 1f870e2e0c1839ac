//! Takes an opt-out back by hand, with a reason that stays on record.

use bellwether_db::{AsyncConnection, opt_out};
use bellwether_domain::error_codes::ErrorCode;

use super::add::{parse_cell, parse_reason};
use crate::{
    app::App,
    delivery::record,
    error::{OpError, OpResult},
    permissions::Permission,
    requester::Requester,
};

/// Lifts the opt-out of a cell, for admins. Where opt-outs are shared, one that another organization noted is for
/// whoever runs the instance. Returns the cell in E.164.
pub async fn lift_opt_out(
    app: &App,
    requester: &Requester,
    organization_id: i64,
    cell: &str,
    reason: &str,
) -> OpResult<String> {
    requester.permit(Permission::LiftOptOut, organization_id)?;
    let cell = parse_cell(app, cell)?;
    let reason = parse_reason(reason)?;
    if reason.is_empty() {
        return Err(OpError::bad_input(
            "reason: say why this cell may be texted again; it stays on record",
        ));
    }
    let mut conn = app.db().await?;
    let changed = conn
        .transaction(async |conn| {
            let (own, others) = opt_out::holders(conn, organization_id, &cell).await?;
            if others && !requester.is_superadmin {
                return Err(OpError::refused_because(
                    ErrorCode::Conflict,
                    "cell: another organization of this instance noted the opt-out, and opt-outs are shared; only \
                     whoever runs the instance can lift it",
                ));
            }
            if !own && !others {
                return Err(OpError::bad_input("cell: it has not opted out"));
            }
            let user_id = requester.user_id;
            Ok(opt_out::lift(conn, organization_id, &cell, user_id, &reason, others).await?)
        })
        .await?;
    drop(conn);
    record::tell(&app.events, &changed);
    Ok(cell)
}
