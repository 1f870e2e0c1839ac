//! Who is signed in, in which organization, and what the role there allows.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::{
    graphql::{Query, go_to_login, use_query},
    operation, routes,
};

operation!(CurrentUser, "src/session/current_user.graphql");

/// An organization the user belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// The session, provided once.
#[derive(Debug, Clone, Copy)]
pub struct Session {
    query: Query<current_user::ResponseData>,
    /// The organization named in the URL.
    pub organization_id: Memo<Option<String>>,
}

/// Provides the session to everything below; needs the router above.
pub fn provide_session() -> Session {
    let location = use_location();
    let organization_id = Memo::new(move |_| location.pathname.with(|path| routes::organization_of(path)));
    let signed_out_page = Memo::new(move |_| location.pathname.with(|path| path == routes::LOGIN));
    let query = use_query::<CurrentUser>(move || {
        let organization_id = organization_id.get();
        (!signed_out_page.get()).then(|| current_user::Variables {
            in_organization: organization_id.is_some(),
            organization_id: organization_id.unwrap_or_default(),
        })
    });
    // The contract gives no user, and no error, to somebody who is not signed in.
    Effect::new(move |_| {
        if !signed_out_page.get() && query.get().is_some_and(|data| data.current_user.is_none()) {
            go_to_login();
        }
    });
    let session = Session {
        query,
        organization_id,
    };
    provide_context(session);
    session
}

/// The session provided above.
pub fn use_session() -> Session {
    expect_context()
}

impl Session {
    fn user<T>(&self, read: impl FnOnce(current_user::CurrentUserCurrentUser) -> T) -> Option<T> {
        self.query.get().and_then(|data| data.current_user).map(read)
    }

    /// The query behind, for pages that wait for it.
    pub const fn query(&self) -> Query<current_user::ResponseData> {
        self.query
    }

    /// The name the user goes by.
    pub fn display_name(&self) -> Option<String> {
        self.user(|user| {
            user.display_name
                .or(user.first_name)
                .or(user.email)
                .unwrap_or_default()
        })
    }

    /// The organizations of the user.
    pub fn memberships(&self) -> Vec<Membership> {
        self.user(|user| user.organizations)
            .flatten()
            .map_or_else(Vec::new, |all| {
                all.into_iter()
                    .flatten()
                    .map(|one| Membership {
                        id: one.id.unwrap_or_default(),
                        name: one.name.unwrap_or_default(),
                    })
                    .collect()
            })
    }

    /// The organization of the page.
    pub fn organization(&self) -> Option<Membership> {
        let id = self.organization_id.get()?;
        self.memberships().into_iter().find(|one| one.id == id)
    }

    /// Whether the user may see campaigns here.
    pub fn may_see_campaigns(&self) -> bool {
        self.has_role(&["SUPERVOLUNTEER", "ADMIN", "OWNER"])
    }

    /// Whether the user may make and start campaigns here.
    pub fn may_edit_campaigns(&self) -> bool {
        self.has_role(&["ADMIN", "OWNER"])
    }

    fn has_role(&self, wanted: &[&str]) -> bool {
        self.user(|user| {
            user.is_superadmin == Some(true)
                || user
                    .roles
                    .into_iter()
                    .flatten()
                    .flatten()
                    .any(|role| wanted.contains(&role.as_str()))
        })
        .unwrap_or(false)
    }
}
