//! Who may do what: one table, in one place (S11, S12).
//!
//! A [`Permission`] is a row of the table: a root field, a field of a type that not everybody who reached the object
//! may read, or a part of an operation that needs more than the rest (`#part`). Operations and resolvers name the
//! row and ask [`Requester`](crate::requester::Requester), which reads the rule here; no other place names a role.
//! `server/tests/it/permissions` walks the schema and fails on a root field, an object type or a field of a type with
//! personal data that has no row, and calls each one as everybody.
//!
//! Superadmins (who run the instance) may do whatever an OWNER may, everywhere.

use bellwether_domain::role::Role;

/// What somebody must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Nobody need be signed in.
    Anyone,
    /// Any account, also a suspended one: it concerns oneself, or a secret that was handed over decides.
    SignedIn,
    /// Oneself; and, where a role is named, who has it in the organization that the account was reached through.
    OwnAccount(Option<Role>),
    /// The assignment's own texter, or a SUPERVOLUNTEER of the organization.
    OwnAssignment,
    /// Who has this role, or a higher one, in the organization.
    Role(Role),
    /// Whoever reached the object.
    Reached,
}

macro_rules! permissions {
    ($($name:ident $field:literal $rule:expr;)*) => {
        /// A row of the table.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Permission {
            $(#[doc = concat!("`", $field, "`.")] $name,)*
        }

        impl Permission {
            /// Every row.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// `Type.field`, or `Type.field#part`.
            pub const fn field(self) -> &'static str {
                match self { $(Self::$name => $field),* }
            }

            /// The name of the row in the code.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }

            /// Who may.
            pub const fn rule(self) -> Rule {
                match self { $(Self::$name => $rule),* }
            }
        }
    };
}

const TEXTER: Rule = Rule::Role(Role::Texter);
const SUPERVOLUNTEER: Rule = Rule::Role(Role::Supervolunteer);
const ADMIN: Rule = Rule::Role(Role::Admin);
const OWNER: Rule = Rule::Role(Role::Owner);
const OWN_OR_SUPERVOLUNTEER: Rule = Rule::OwnAccount(Some(Role::Supervolunteer));
const OWN_OR_ADMIN: Rule = Rule::OwnAccount(Some(Role::Admin));
const OWN: Rule = Rule::OwnAccount(None);

permissions! {
    // Queries.
    CurrentUser "RootQuery.currentUser" Rule::Anyone;
    Organization "RootQuery.organization" TEXTER;
    Organizations "RootQuery.organizations" Rule::SignedIn;
    Campaign "RootQuery.campaign" SUPERVOLUNTEER;
    Campaigns "RootQuery.campaigns" SUPERVOLUNTEER;
    Assignment "RootQuery.assignment" Rule::OwnAssignment;
    InviteByHash "RootQuery.inviteByHash" Rule::SignedIn;
    Conversations "RootQuery.conversations" SUPERVOLUNTEER;
    People "RootQuery.people" SUPERVOLUNTEER;
    User "RootQuery.user" OWN_OR_ADMIN;
    // Each type by its own rule: see graphql/query/node.rs.
    Node "RootQuery.node" Rule::SignedIn;
    ContactsConnection "RootQuery.contactsConnection" ADMIN;
    ConversationsConnection "RootQuery.conversationsConnection" SUPERVOLUNTEER;
    PeopleConnection "RootQuery.peopleConnection" SUPERVOLUNTEER;
    OptOutsConnection "RootQuery.optOutsConnection" ADMIN;
    OptOutSettings "RootQuery.optOutSettings" ADMIN;
    TestOptOutRules "RootQuery.testOptOutRules" ADMIN;
    OptOutEventsConnection "RootQuery.optOutEventsConnection" ADMIN;
    OptOutTransfers "RootQuery.optOutTransfers" ADMIN;
    // Without an organization: for superadmins alone.
    UnmatchedTextsConnection "RootQuery.unmatchedTextsConnection" ADMIN;
    MessagesConnection "RootQuery.messagesConnection" Rule::OwnAssignment;
    DeadLetters "RootQuery.deadLettersConnection" ADMIN;
    DeliveryErrors "RootQuery.deliveryErrors" SUPERVOLUNTEER;

    // Account.
    SignOutEverywhere "RootMutation.signOutEverywhere" Rule::SignedIn;
    UserAgreeTerms "RootMutation.userAgreeTerms" OWN;
    ChangeUserPassword "RootMutation.changeUserPassword" OWN;
    EditUser "RootMutation.editUser" OWN_OR_ADMIN;
    // Whoever sees the other's reset link owns the account: never for oneself, and never for a higher role (S35).
    ResetUserPassword "RootMutation.resetUserPassword" ADMIN;

    // Organizations.
    CreateInvite "RootMutation.createInvite" Rule::SignedIn;
    CreateOrganization "RootMutation.createOrganization" Rule::SignedIn;
    JoinOrganization "RootMutation.joinOrganization" Rule::SignedIn;
    ResetOrganizationJoinLink "RootMutation.resetOrganizationJoinLink" ADMIN;
    EditOrganization "RootMutation.editOrganization" OWNER;
    EditOrganizationRoles "RootMutation.editOrganizationRoles" ADMIN;
    EditOrganizationRolesOfOwner "RootMutation.editOrganizationRoles#owner" OWNER;
    UpdateTextingHours "RootMutation.updateTextingHours" OWNER;
    UpdateTextingHoursEnforcement "RootMutation.updateTextingHoursEnforcement" OWNER;
    UpdateOptOutMessage "RootMutation.updateOptOutMessage" OWNER;
    UpdateOptOutSettings "RootMutation.updateOptOutSettings" OWNER;
    UpdateTheme "RootMutation.updateTheme" OWNER;
    UpdateServiceVendorConfig "RootMutation.updateServiceVendorConfig" OWNER;
    UpdateServiceManager "RootMutation.updateServiceManager" OWNER;
    UpdateServiceManagerOfCampaign "RootMutation.updateServiceManager#campaign" SUPERVOLUNTEER;
    ClearCaches "RootMutation.clearCachedOrgAndExtensionCaches" OWNER;
    AddOptOut "RootMutation.addOptOut" ADMIN;
    LiftOptOut "RootMutation.liftOptOut" ADMIN;
    ImportOptOuts "RootMutation.importOptOuts" ADMIN;
    ExportOptOuts "RootMutation.exportOptOuts" ADMIN;
    CancelOptOutTransfer "RootMutation.cancelOptOutTransfer" ADMIN;
    AttachUnmatchedText "RootMutation.attachUnmatchedText" ADMIN;
    DismissUnmatchedText "RootMutation.dismissUnmatchedText" ADMIN;
    GetOptOutMessage "RootMutation.getOptOutMessage" TEXTER;
    BuyPhoneNumbers "RootMutation.buyPhoneNumbers" ADMIN;
    DeletePhoneNumbers "RootMutation.deletePhoneNumbers" OWNER;
    SetSendingLimit "RootMutation.setSendingLimit" OWNER;
    SetTextingHoursRule "RootMutation.setTextingHoursRule" OWNER;
    RemoveTextingHoursRule "RootMutation.removeTextingHoursRule" OWNER;
    ResumeSending "RootMutation.resumeSending" OWNER;
    SetErrorAlerts "RootMutation.setErrorAlerts" OWNER;
    CreateTag "RootMutation.createTag" SUPERVOLUNTEER;
    EditTag "RootMutation.editTag" SUPERVOLUNTEER;
    DeleteTag "RootMutation.deleteTag" SUPERVOLUNTEER;

    // Campaigns.
    CreateCampaign "RootMutation.createCampaign" ADMIN;
    EditCampaign "RootMutation.editCampaign" SUPERVOLUNTEER;
    EditCampaignContacts "RootMutation.editCampaign#contactData" ADMIN;
    StartCampaign "RootMutation.startCampaign" ADMIN;
    CopyCampaign "RootMutation.copyCampaign" ADMIN;
    ArchiveCampaign "RootMutation.archiveCampaign" ADMIN;
    ArchiveCampaigns "RootMutation.archiveCampaigns" ADMIN;
    UnarchiveCampaign "RootMutation.unarchiveCampaign" ADMIN;
    ExportCampaign "RootMutation.exportCampaign" ADMIN;
    DeleteJob "RootMutation.deleteJob" ADMIN;
    ImportCampaignScript "RootMutation.importCampaignScript" ADMIN;
    BulkUpdateScript "RootMutation.bulkUpdateScript" ADMIN;
    ReleaseCampaignNumbers "RootMutation.releaseCampaignNumbers" ADMIN;
    PauseCampaign "RootMutation.pauseCampaign" ADMIN;
    ResumeCampaign "RootMutation.resumeCampaign" ADMIN;
    SetLateTexts "RootMutation.setLateTexts" ADMIN;
    RetryTexts "RootMutation.retryTexts" ADMIN;
    DropTexts "RootMutation.dropTexts" ADMIN;
    // A texter's own reply; the campaign's for supervisors.
    CreateCannedResponse "RootMutation.createCannedResponse" SUPERVOLUNTEER;
    CreateOwnCannedResponse "RootMutation.createCannedResponse#own" Rule::OwnAssignment;

    // Conversations.
    SendMessage "RootMutation.sendMessage" Rule::OwnAssignment;
    SendMessages "RootMutation.sendMessages" Rule::OwnAssignment;
    BulkSendMessages "RootMutation.bulkSendMessages" Rule::OwnAssignment;
    CreateOptOut "RootMutation.createOptOut" Rule::OwnAssignment;
    EditMessageStatus "RootMutation.editCampaignContactMessageStatus" Rule::OwnAssignment;
    UpdateQuestionResponses "RootMutation.updateQuestionResponses" Rule::OwnAssignment;
    DeleteQuestionResponses "RootMutation.deleteQuestionResponses" Rule::OwnAssignment;
    UpdateContactTags "RootMutation.updateContactTags" Rule::OwnAssignment;
    UpdateContactCustomFields "RootMutation.updateContactCustomFields" Rule::OwnAssignment;
    SendReply "RootMutation.sendReply" ADMIN;

    // Assignments.
    GetAssignmentContacts "RootMutation.getAssignmentContacts" Rule::OwnAssignment;
    FindNewCampaignContact "RootMutation.findNewCampaignContact" Rule::OwnAssignment;
    ReleaseContacts "RootMutation.releaseContacts" Rule::OwnAssignment;
    UpdateFeedback "RootMutation.updateFeedback" SUPERVOLUNTEER;
    AcknowledgeFeedback "RootMutation.updateFeedback#acknowledge" Rule::OwnAssignment;
    ReassignCampaignContacts "RootMutation.reassignCampaignContacts" SUPERVOLUNTEER;
    BulkReassignCampaignContacts "RootMutation.bulkReassignCampaignContacts" SUPERVOLUNTEER;
    DynamicReassign "RootMutation.dynamicReassign" TEXTER;

    // Subscriptions.
    AssignmentChanged "RootSubscription.assignmentChanged" Rule::OwnAssignment;
    TodosChanged "RootSubscription.todosChanged" OWN;
    CampaignChanged "RootSubscription.campaignChanged" SUPERVOLUNTEER;
    JobProgress "RootSubscription.jobProgress" SUPERVOLUNTEER;
    InboxChanged "RootSubscription.inboxChanged" SUPERVOLUNTEER;

    // Files, at their own addresses.
    UploadContacts "POST /uploads/contacts" ADMIN;
    UploadOptOuts "POST /uploads/opt-outs" ADMIN;
    DownloadFile "GET /downloads" ADMIN;

    // Fields of people. Names are for whoever works with somebody; how to reach them is not.
    UserEmail "User.email" OWN_OR_SUPERVOLUNTEER;
    UserCell "User.cell" OWN_OR_SUPERVOLUNTEER;
    UserExtra "User.extra" OWN_OR_SUPERVOLUNTEER;
    UserAssignedCell "User.assignedCell" OWN_OR_SUPERVOLUNTEER;
    UserIsSuperadmin "User.is_superadmin" OWN_OR_SUPERVOLUNTEER;
    UserTerms "User.terms" OWN_OR_SUPERVOLUNTEER;
    UserRoles "User.roles" OWN_OR_SUPERVOLUNTEER;
    UserRole "User.role" OWN_OR_SUPERVOLUNTEER;
    UserOrganizations "User.organizations" OWN;
    UserTodos "User.todos" OWN;
    UserNotifications "User.notifications" OWN;
    UserNotifiable "User.notifiable" OWN;
    UserProfileComplete "User.profileComplete" OWN_OR_SUPERVOLUNTEER;
    UserAssignment "User.assignment" OWN_OR_SUPERVOLUNTEER;
    UserId "User.id" Rule::Reached;
    UserFirstName "User.firstName" Rule::Reached;
    UserLastName "User.lastName" Rule::Reached;
    UserAlias "User.alias" Rule::Reached;
    UserDisplayName "User.displayName" Rule::Reached;

    // Fields of organizations.
    OrganizationUuid "Organization.uuid" SUPERVOLUNTEER;
    OrganizationPeople "Organization.people" SUPERVOLUNTEER;
    OrganizationCampaigns "Organization.campaigns" SUPERVOLUNTEER;
    OrganizationEmailEnabled "Organization.emailEnabled" SUPERVOLUNTEER;
    OrganizationPhoneInventoryEnabled "Organization.phoneInventoryEnabled" SUPERVOLUNTEER;
    OrganizationCampaignPhoneNumbersEnabled "Organization.campaignPhoneNumbersEnabled" SUPERVOLUNTEER;
    OrganizationAvailableActions "Organization.availableActions" SUPERVOLUNTEER;
    OrganizationOptOuts "Organization.optOuts" ADMIN;
    OrganizationPhoneNumberCounts "Organization.phoneNumberCounts" ADMIN;
    OrganizationPendingPhoneNumberJobs "Organization.pendingPhoneNumberJobs" ADMIN;
    OrganizationCampaignsCount "Organization.campaignsCount" OWNER;
    OrganizationNumTextsInLastDay "Organization.numTextsInLastDay" OWNER;
    OrganizationSettings "Organization.settings" OWNER;
    OrganizationTexterUiConfig "Organization.texterUIConfig" OWNER;
    OrganizationServiceVendor "Organization.serviceVendor" OWNER;
    OrganizationServiceManagers "Organization.serviceManagers" OWNER;
    OrganizationSendingLimits "Organization.sendingLimits" SUPERVOLUNTEER;
    OrganizationDeliveryAlerts "Organization.deliveryAlerts" SUPERVOLUNTEER;
    OrganizationTextingHoursRules "Organization.textingHoursRules" SUPERVOLUNTEER;
    OrganizationTextingHoursHistory "Organization.textingHoursHistory" OWNER;
    OrganizationErrorAlertRules "Organization.errorAlertRules" SUPERVOLUNTEER;
    // Other groups than texter-tags.
    OrganizationTags "Organization.tags" TEXTER;
    OrganizationAllTags "Organization.tags#all" SUPERVOLUNTEER;
    OrganizationId "Organization.id" Rule::Reached;
    OrganizationName "Organization.name" Rule::Reached;
    OrganizationTheme "Organization.theme" Rule::Reached;
    OrganizationProfileFields "Organization.profileFields" Rule::Reached;
    OrganizationBatchPolicies "Organization.batchPolicies" Rule::Reached;
    OrganizationOptOutMessage "Organization.optOutMessage" Rule::Reached;
    OrganizationTextingHoursEnforced "Organization.textingHoursEnforced" Rule::Reached;
    OrganizationTextingHoursStart "Organization.textingHoursStart" Rule::Reached;
    OrganizationTextingHoursEnd "Organization.textingHoursEnd" Rule::Reached;
    OrganizationAllowSendAll "Organization.allowSendAll" Rule::Reached;
    OrganizationFullyConfigured "Organization.fullyConfigured" Rule::Reached;
    OrganizationCacheable "Organization.cacheable" Rule::Reached;

    // Fields of campaigns. Texters reach a campaign through their assignment.
    CampaignJoinToken "Campaign.joinToken" SUPERVOLUNTEER;
    CampaignTexters "Campaign.texters" SUPERVOLUNTEER;
    CampaignAssignments "Campaign.assignments" SUPERVOLUNTEER;
    CampaignContactsCount "Campaign.contactsCount" SUPERVOLUNTEER;
    CampaignHasUnassignedContacts "Campaign.hasUnassignedContacts" SUPERVOLUNTEER;
    CampaignHasUnsentInitialMessages "Campaign.hasUnsentInitialMessages" SUPERVOLUNTEER;
    CampaignPendingJobs "Campaign.pendingJobs" SUPERVOLUNTEER;
    CampaignEditors "Campaign.editors" SUPERVOLUNTEER;
    CampaignServiceManagers "Campaign.serviceManagers" SUPERVOLUNTEER;
    CampaignMessageServiceLink "Campaign.messageServiceLink" SUPERVOLUNTEER;
    CampaignPhoneNumbers "Campaign.phoneNumbers" SUPERVOLUNTEER;
    CampaignInventoryPhoneNumberCounts "Campaign.inventoryPhoneNumberCounts" SUPERVOLUNTEER;
    CampaignContactsAreaCodeCounts "Campaign.contactsAreaCodeCounts" SUPERVOLUNTEER;
    CampaignStats "Campaign.stats" SUPERVOLUNTEER;
    CampaignCompletionStats "Campaign.completionStats" SUPERVOLUNTEER;
    CampaignCounts "Campaign.counts" SUPERVOLUNTEER;
    CampaignStartBlockers "Campaign.startBlockers" SUPERVOLUNTEER;
    CampaignSending "Campaign.sending" SUPERVOLUNTEER;
    CampaignContacts "Campaign.contacts" ADMIN;
    CampaignExportResults "Campaign.exportResults" ADMIN;
    CampaignIngestMethod "Campaign.ingestMethod" ADMIN;
    CampaignIngestMethodsAvailable "Campaign.ingestMethodsAvailable" ADMIN;
    CampaignInteractionSteps "Campaign.interactionSteps" TEXTER;
    CampaignCannedResponses "Campaign.cannedResponses" TEXTER;
    CampaignTexterUiConfig "Campaign.texterUIConfig" TEXTER;
    CampaignHasUnassignedContactsForTexter "Campaign.hasUnassignedContactsForTexter" TEXTER;
    CampaignId "Campaign.id" Rule::Reached;
    CampaignOrganization "Campaign.organization" Rule::Reached;
    CampaignTitle "Campaign.title" Rule::Reached;
    CampaignDescription "Campaign.description" Rule::Reached;
    CampaignBatchSize "Campaign.batchSize" Rule::Reached;
    CampaignBatchPolicies "Campaign.batchPolicies" Rule::Reached;
    CampaignResponseWindow "Campaign.responseWindow" Rule::Reached;
    CampaignDueBy "Campaign.dueBy" Rule::Reached;
    CampaignIsStarted "Campaign.isStarted" Rule::Reached;
    CampaignIsStarting "Campaign.isStarting" Rule::Reached;
    CampaignIsArchived "Campaign.isArchived" Rule::Reached;
    CampaignIsArchivedPermanently "Campaign.isArchivedPermanently" Rule::Reached;
    CampaignCreator "Campaign.creator" Rule::Reached;
    CampaignCustomFields "Campaign.customFields" Rule::Reached;
    CampaignUseDynamicAssignment "Campaign.useDynamicAssignment" Rule::Reached;
    CampaignIntroHtml "Campaign.introHtml" Rule::Reached;
    CampaignPrimaryColor "Campaign.primaryColor" Rule::Reached;
    CampaignLogoImageUrl "Campaign.logoImageUrl" Rule::Reached;
    CampaignCacheable "Campaign.cacheable" Rule::Reached;
    CampaignOverrideTextingHours "Campaign.overrideOrganizationTextingHours" Rule::Reached;
    CampaignTextingHoursEnforced "Campaign.textingHoursEnforced" Rule::Reached;
    CampaignTextingHoursStart "Campaign.textingHoursStart" Rule::Reached;
    CampaignTextingHoursEnd "Campaign.textingHoursEnd" Rule::Reached;
    CampaignTimezone "Campaign.timezone" Rule::Reached;
    CampaignMessageserviceSid "Campaign.messageserviceSid" Rule::Reached;
    CampaignUseOwnMessagingService "Campaign.useOwnMessagingService" Rule::Reached;
    CampaignUseDynamicReplies "Campaign.useDynamicReplies" Rule::Reached;
    CampaignReplyBatchSize "Campaign.replyBatchSize" Rule::Reached;
    CampaignScriptVersion "Campaign.scriptVersion" Rule::Reached;
    CampaignAllowInitialEdit "Campaign.allowInitialEdit" Rule::Reached;

    // Fields of contacts and what hangs off them. Who reached a contact has it in an assignment, or supervises.
    ContactErrorCode "CampaignContact.errorCode" SUPERVOLUNTEER;
    ContactId "CampaignContact.id" Rule::Reached;
    ContactFirstName "CampaignContact.firstName" Rule::Reached;
    ContactLastName "CampaignContact.lastName" Rule::Reached;
    ContactCell "CampaignContact.cell" Rule::Reached;
    ContactZip "CampaignContact.zip" Rule::Reached;
    ContactExternalId "CampaignContact.external_id" Rule::Reached;
    ContactUpdatedAtSnake "CampaignContact.updated_at" Rule::Reached;
    ContactUpdatedAt "CampaignContact.updatedAt" Rule::Reached;
    ContactCustomFields "CampaignContact.customFields" Rule::Reached;
    ContactMessages "CampaignContact.messages" Rule::Reached;
    ContactTags "CampaignContact.tags" Rule::Reached;
    ContactLocation "CampaignContact.location" Rule::Reached;
    ContactOptOut "CampaignContact.optOut" Rule::Reached;
    ContactCampaign "CampaignContact.campaign" Rule::Reached;
    ContactQuestionResponseValues "CampaignContact.questionResponseValues" Rule::Reached;
    ContactInteractionSteps "CampaignContact.interactionSteps" Rule::Reached;
    ContactMessageStatus "CampaignContact.messageStatus" Rule::Reached;
    ContactStatus "CampaignContact.status" Rule::Reached;
    ContactAssignmentId "CampaignContact.assignmentId" Rule::Reached;
    ContactInitialText "CampaignContact.initialText" Rule::Reached;
    ContactTimeZone "CampaignContact.timeZone" Rule::Reached;
    ContactTimeZones "CampaignContact.timeZones" Rule::Reached;
    ContactCanTextNow "CampaignContact.canTextNow" Rule::Reached;
    ContactIsOptedOut "CampaignContact.isOptedOut" Rule::Reached;
    MessageId "Message.id" Rule::Reached;
    MessageText "Message.text" Rule::Reached;
    MessageMedia "Message.media" Rule::Reached;
    MessageUserNumber "Message.userNumber" Rule::Reached;
    MessageContactNumber "Message.contactNumber" Rule::Reached;
    MessageCreatedAt "Message.createdAt" Rule::Reached;
    MessageIsFromContact "Message.isFromContact" Rule::Reached;
    MessageUserId "Message.userId" Rule::Reached;
    MessageSendStatus "Message.sendStatus" Rule::Reached;
    MessageStatus "Message.status" Rule::Reached;
    MessageErrorCode "Message.errorCode" Rule::Reached;
    OptOutAssignment "OptOut.assignment" Rule::OwnAssignment;
    OptOutId "OptOut.id" Rule::Reached;
    OptOutCell "OptOut.cell" Rule::Reached;
    OptOutCreatedAt "OptOut.createdAt" Rule::Reached;
    OptOutSource "OptOut.source" ADMIN;
    OptOutReason "OptOut.reason" ADMIN;
    OptOutUser "OptOut.user" ADMIN;
    InviteHash "Invite.hash" Rule::Reached;
    InviteId "Invite.id" Rule::Reached;
    InviteIsValid "Invite.isValid" Rule::Reached;

    // Fields of scripts.
    StepAnswerActionsData "InteractionStep.answerActionsData" SUPERVOLUNTEER;
    StepQuestionResponse "InteractionStep.questionResponse" Rule::OwnAssignment;
    AnswerResponders "AnswerOption.responders" SUPERVOLUNTEER;
}

/// Object types without a field of their own in the table: whoever reached one may read all of it, because the field
/// that leads to it has a rule.
pub const REACHED_TYPES: &[&str] = &[
    "Action",
    "ActionChoice",
    "Assignment",
    "AssignmentChange",
    "AssignmentFeedback",
    "BuyPhoneNumbersJobRequest",
    "CampaignChange",
    "CampaignCompletionStats",
    "CampaignContactConnection",
    "CampaignContactEdge",
    "CampaignContactsAreaCodeCount",
    "CampaignExportData",
    "CampaignIdAssignmentId",
    "CampaignPhoneNumberCount",
    "CampaignSending",
    "CampaignStats",
    "CampaignsList",
    "CannedResponse",
    "ConnectionPageInfo",
    "ContactCounts",
    "ContactTag",
    "Conversation",
    "ConversationConnection",
    "ConversationEdge",
    "DeadLetter",
    "DeadLetterConnection",
    "DeadLetterEdge",
    "DeliveryAlert",
    "DeliveryErrorCount",
    "ErrorAlertRule",
    "ErrorStat",
    "FeedbackCreatedBy",
    "FoundContact",
    "InboxChange",
    "IngestMethod",
    "ItemError",
    "JobRequest",
    "Location",
    "MediaItem",
    "MessageConnection",
    "MessageEdge",
    "OptOutConnection",
    "OptOutEdge",
    "OptOutEvent",
    "OptOutEventConnection",
    "OptOutEventEdge",
    "OptOutPhrase",
    "OptOutRuleMatch",
    "OptOutRuleTest",
    "OptOutRules",
    "OptOutSettings",
    "OptOutTransfer",
    "OrgSettings",
    "PageInfo",
    "PaginatedCampaigns",
    "PaginatedConversations",
    "PaginatedUsers",
    "PhoneNumberCounts",
    "ProfileField",
    "Question",
    "QuestionResponse",
    "ReturnString",
    "ScriptUpdateResult",
    "SendMessageResult",
    "SendingBacklog",
    "SendingEstimate",
    "SendingLimit",
    "SendingTotals",
    "ServiceManager",
    "ServiceVendor",
    "StartBlocker",
    "Tag",
    "TexterUIConfig",
    "TextingHoursDay",
    "TextingHoursRule",
    "Timezone",
    "UnmatchedText",
    "UnmatchedTextConnection",
    "UnmatchedTextEdge",
    "UserConnection",
    "UserEdge",
    "UsersList",
];
