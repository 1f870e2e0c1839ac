//! The services that carry texts; each implements [`crate::delivery::vendor::Vendor`].

pub mod bandwidth;
pub mod code_table;
pub mod fakeservice;
pub mod http;
pub mod telnyx;
pub mod twilio;
pub mod vonage;

use crate::delivery::vendor::VendorSetting;

/// Services that are built in.
pub const NAMES: [&str; 5] = [
    fakeservice::NAME,
    twilio::NAME,
    telnyx::NAME,
    bandwidth::NAME,
    vonage::NAME,
];

/// What a service must be told; none when there is no such service.
pub fn settings_of(name: &str) -> Option<&'static [VendorSetting]> {
    match name {
        fakeservice::NAME => Some(&[]),
        twilio::NAME => Some(&twilio::SETTINGS),
        telnyx::NAME => Some(&telnyx::SETTINGS),
        bandwidth::NAME => Some(&bandwidth::SETTINGS),
        vonage::NAME => Some(&vonage::SETTINGS),
        _ => None,
    }
}
