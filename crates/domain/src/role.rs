//! What a member may do in one organization.

text_enum! {
    /// A member's role in one organization. The order is the order of power.
    ///
    /// Source: Spoke's `ROLE_HIERARCHY` (`src/lib/permissions.js`). Superadmin is a flag of the user, not a role.
    pub enum Role ("role") {
        /// Kept as a member, may do nothing.
        Suspended => "SUSPENDED",
        /// May text the contacts assigned to them.
        Texter => "TEXTER",
        /// A texter trusted with more contacts at a time.
        VettedTexter => "VETTED_TEXTER",
        /// May edit campaigns and read all conversations.
        Supervolunteer => "SUPERVOLUNTEER",
        /// May start campaigns and manage people.
        Admin => "ADMIN",
        /// May change the organization itself and make owners.
        Owner => "OWNER",
    }
}

impl Role {
    /// The roles that this role includes, lowest first, itself last: what Spoke's `roles` fields list.
    ///
    /// `SUSPENDED` is never listed: a suspended member has no roles.
    pub fn at_or_below(self) -> Vec<Role> {
        Self::ALL
            .iter()
            .copied()
            .filter(|role| *role != Role::Suspended && *role <= self)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn power_grows_in_order() {
        assert!(Role::Suspended < Role::Texter);
        assert!(Role::Texter < Role::VettedTexter);
        assert!(Role::VettedTexter < Role::Supervolunteer);
        assert!(Role::Supervolunteer < Role::Admin);
        assert!(Role::Admin < Role::Owner);
    }

    #[test]
    fn lists_roles_at_or_below() {
        assert_eq!(Role::Suspended.at_or_below(), []);
        assert_eq!(Role::Texter.at_or_below(), [Role::Texter]);
        assert_eq!(
            Role::Admin.at_or_below(),
            [
                Role::Texter,
                Role::VettedTexter,
                Role::Supervolunteer,
                Role::Admin
            ]
        );
        assert_eq!(Role::Owner.at_or_below().len(), 5);
    }

    #[test]
    fn text_survives_the_round_trip() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(*role));
            assert_eq!(serde_json::to_value(role).unwrap(), role.as_str());
            assert_eq!(
                serde_json::from_value::<Role>(role.as_str().into()).unwrap(),
                *role
            );
        }
    }

    #[test]
    fn refuses_other_texts() {
        let error = "texter".parse::<Role>().unwrap_err();
        assert_eq!(error.to_string(), "`texter` is not a role");
    }
}
