//! Which state does a ZIP code or an area code belong to?
//!
//! States are the two letters of the United States Postal Service, territories and military mail (`AA`, `AE`, `AP`)
//! among them. The tables are written from general knowledge of ZIP prefixes and the North American numbering plan;
//! the few ZIP codes that are not in their prefix's state are listed one by one.

use crate::zip::five_digits;

/// First prefix, last prefix, state; in order, without overlap.
#[rustfmt::skip]
const ZIP_PREFIXES: &[(u16, u16, &str)] = &[
    (5, 5, "NY"), (6, 7, "PR"), (8, 8, "VI"), (9, 9, "PR"),
    (10, 27, "MA"), (28, 29, "RI"), (30, 38, "NH"), (39, 49, "ME"), (50, 54, "VT"), (55, 55, "MA"), (56, 59, "VT"),
    (60, 69, "CT"), (70, 89, "NJ"), (90, 98, "AE"),
    (100, 149, "NY"), (150, 196, "PA"), (197, 199, "DE"),
    (200, 200, "DC"), (201, 201, "VA"), (202, 205, "DC"), (206, 212, "MD"), (214, 219, "MD"), (220, 246, "VA"),
    (247, 268, "WV"), (270, 289, "NC"), (290, 299, "SC"),
    (300, 319, "GA"), (320, 339, "FL"), (340, 340, "AA"), (341, 342, "FL"), (344, 344, "FL"), (346, 347, "FL"),
    (349, 349, "FL"), (350, 352, "AL"), (354, 369, "AL"), (370, 385, "TN"), (386, 397, "MS"), (398, 399, "GA"),
    (400, 427, "KY"), (430, 459, "OH"), (460, 479, "IN"), (480, 499, "MI"),
    (500, 528, "IA"), (530, 549, "WI"), (550, 567, "MN"), (569, 569, "DC"), (570, 577, "SD"), (580, 588, "ND"),
    (590, 599, "MT"),
    (600, 629, "IL"), (630, 658, "MO"), (660, 679, "KS"), (680, 693, "NE"),
    (700, 714, "LA"), (716, 729, "AR"), (730, 732, "OK"), (733, 733, "TX"), (734, 749, "OK"), (750, 799, "TX"),
    (800, 816, "CO"), (820, 831, "WY"), (832, 838, "ID"), (840, 847, "UT"), (850, 865, "AZ"), (870, 884, "NM"),
    (885, 885, "TX"), (889, 898, "NV"),
    (900, 961, "CA"), (962, 966, "AP"), (967, 968, "HI"), (969, 969, "GU"), (970, 979, "OR"), (980, 994, "WA"),
    (995, 999, "AK"),
];

/// ZIP codes outside of their prefix's state.
#[rustfmt::skip]
const SINGLE_ZIPS: &[(&str, &str)] = &[
    ("06390", "NY"), // Fishers Island
    ("73949", "TX"), // Texhoma
    ("83414", "WY"), // Alta
    ("96799", "AS"),
    ("96939", "PW"), ("96940", "PW"),
    ("96941", "FM"), ("96942", "FM"), ("96943", "FM"), ("96944", "FM"),
    ("96950", "MP"), ("96951", "MP"), ("96952", "MP"),
    ("96960", "MH"), ("96970", "MH"),
];

/// Area codes that belong to a place, by state; overlays among them.
#[rustfmt::skip]
const AREA_CODES: &[(&str, &[u16])] = &[
    ("AK", &[907]),
    ("AL", &[205, 251, 256, 334, 483, 659, 938]),
    ("AR", &[327, 479, 501, 870]),
    ("AS", &[684]),
    ("AZ", &[480, 520, 602, 623, 928]),
    ("CA", &[
        209, 213, 279, 310, 323, 341, 350, 357, 369, 408, 415, 424, 442, 510, 530, 559, 562, 619, 626, 628, 650, 657,
        661, 669, 707, 714, 738, 747, 760, 805, 818, 820, 831, 837, 840, 858, 909, 916, 925, 949, 951,
    ]),
    ("CO", &[303, 719, 720, 970, 983]),
    ("CT", &[203, 475, 860, 959]),
    ("DC", &[202, 771]),
    ("DE", &[302]),
    ("FL", &[
        239, 305, 321, 324, 352, 386, 407, 448, 561, 645, 656, 689, 727, 728, 754, 772, 786, 813, 850, 863, 904, 941,
        954,
    ]),
    ("GA", &[229, 404, 470, 478, 678, 706, 762, 770, 912, 943]),
    ("GU", &[671]),
    ("HI", &[808]),
    ("IA", &[319, 515, 563, 641, 712]),
    ("ID", &[208, 986]),
    ("IL", &[217, 224, 309, 312, 331, 447, 464, 618, 630, 708, 730, 773, 779, 815, 847, 861, 872]),
    ("IN", &[219, 260, 317, 463, 574, 765, 812, 930]),
    ("KS", &[316, 620, 785, 913]),
    ("KY", &[270, 364, 502, 606, 859]),
    ("LA", &[225, 318, 337, 457, 504, 985]),
    ("MA", &[339, 351, 413, 508, 617, 774, 781, 857, 978]),
    ("MD", &[227, 240, 301, 410, 443, 667]),
    ("ME", &[207]),
    ("MI", &[231, 248, 269, 313, 517, 586, 616, 679, 734, 810, 906, 947, 989]),
    ("MN", &[218, 320, 507, 612, 651, 763, 924, 952]),
    ("MO", &[235, 314, 417, 557, 573, 636, 660, 816, 975]),
    ("MP", &[670]),
    ("MS", &[228, 471, 601, 662, 769]),
    ("MT", &[406]),
    ("NC", &[252, 336, 472, 704, 743, 828, 910, 919, 980, 984]),
    ("ND", &[701]),
    ("NE", &[308, 402, 531]),
    ("NH", &[603]),
    ("NJ", &[201, 551, 609, 640, 732, 848, 856, 862, 908, 973]),
    ("NM", &[505, 575]),
    ("NV", &[702, 725, 775]),
    ("NY", &[
        212, 315, 329, 332, 347, 363, 516, 518, 585, 607, 624, 631, 646, 680, 716, 718, 838, 845, 914, 917, 929, 934,
    ]),
    ("OH", &[216, 220, 234, 283, 326, 330, 380, 419, 436, 440, 513, 567, 614, 740, 937]),
    ("OK", &[405, 539, 572, 580, 918]),
    ("OR", &[458, 503, 541, 971]),
    ("PA", &[215, 223, 267, 272, 412, 445, 484, 570, 582, 610, 717, 724, 814, 835, 878]),
    ("PR", &[787, 939]),
    ("RI", &[401]),
    ("SC", &[803, 821, 839, 843, 854, 864]),
    ("SD", &[605]),
    ("TN", &[423, 615, 629, 731, 865, 901, 931]),
    ("TX", &[
        210, 214, 254, 281, 325, 346, 361, 409, 430, 432, 469, 512, 621, 682, 713, 726, 737, 806, 817, 830, 832, 903,
        915, 936, 940, 945, 956, 972, 979,
    ]),
    ("UT", &[385, 435, 801]),
    ("VA", &[276, 434, 540, 571, 686, 703, 757, 804, 826, 948]),
    ("VI", &[340]),
    ("VT", &[802]),
    ("WA", &[206, 253, 360, 425, 509, 564]),
    ("WI", &[262, 274, 353, 414, 534, 608, 715, 920]),
    ("WV", &[304, 681]),
    ("WY", &[307]),
];

/// The state of a US ZIP code, in the forms that [`five_digits`] reads; `None` if it is not one.
pub fn state_for_zip(zip: &str) -> Option<&'static str> {
    let zip = five_digits(zip)?;
    if let Some((_, state)) = SINGLE_ZIPS.iter().find(|(single, _)| *single == zip) {
        return Some(state);
    }
    let prefix: u16 = zip.get(..3)?.parse().ok()?;
    ZIP_PREFIXES
        .iter()
        .find(|(first, last, _)| (*first..=*last).contains(&prefix))
        .map(|(_, _, state)| *state)
}

/// The state of a US area code such as `212`; `None` if it belongs to no place (toll-free and the like) or is not one.
pub fn state_for_area_code(area_code: &str) -> Option<&'static str> {
    if area_code.len() != 3 || !area_code.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let code: u16 = area_code.parse().ok()?;
    AREA_CODES
        .iter()
        .find(|(_, codes)| codes.contains(&code))
        .map(|(state, _)| *state)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn zips_have_the_state_of_their_prefix_or_their_own() {
        let cases = [
            ("10027", Some("NY")),
            ("00501", Some("NY")),
            ("501", Some("NY")),
            ("02139-1234", Some("MA")),
            ("2139", Some("MA")),
            ("00601", Some("PR")),
            ("00802", Some("VI")),
            ("05401", Some("VT")),
            ("05501", Some("MA")),
            ("06390", Some("NY")),
            ("06510", Some("CT")),
            ("09012", Some("AE")),
            ("34002", Some("AA")),
            ("96201", Some("AP")),
            ("20001", Some("DC")),
            ("20101", Some("VA")),
            ("20901", Some("MD")),
            ("39801", Some("GA")),
            ("73301", Some("TX")),
            ("73949", Some("TX")),
            ("88510", Some("TX")),
            ("90210", Some("CA")),
            ("96799", Some("AS")),
            ("96813", Some("HI")),
            ("96910", Some("GU")),
            ("96950", Some("MP")),
            ("99501", Some("AK")),
            ("00000", None),
            ("21301", None),
            ("99", None),
            ("K1A 0B1", None),
            ("", None),
        ];
        for (zip, state) in cases {
            assert_eq!(state_for_zip(zip), state, "{zip:?}");
        }
    }

    #[test]
    fn area_codes_have_one_state_each() {
        for (code, state) in [
            ("212", Some("NY")),
            ("415", Some("CA")),
            ("787", Some("PR")),
            ("850", Some("FL")),
            ("906", Some("MI")),
            ("800", None),
            ("416", None),
            ("000", None),
            ("+21", None),
            ("2125", None),
            ("", None),
        ] {
            assert_eq!(state_for_area_code(code), state, "{code:?}");
        }
        let mut seen = HashSet::new();
        for (state, codes) in AREA_CODES {
            for code in *codes {
                assert!(seen.insert(*code), "{code} twice, in {state} too");
            }
        }
        let states: HashSet<&str> = AREA_CODES.iter().map(|(state, _)| *state).collect();
        assert_eq!(states.len(), AREA_CODES.len());
        // 50 states, the District, Puerto Rico, Virgin Islands, Guam, Northern Marianas, American Samoa.
        assert_eq!(states.len(), 56);
    }

    #[test]
    fn prefixes_are_in_order_and_do_not_overlap() {
        assert!(ZIP_PREFIXES.windows(2).all(|pair| pair[0].1 < pair[1].0));
        assert!(ZIP_PREFIXES.iter().all(|(first, last, _)| first <= last));
    }

    #[test]
    fn area_codes_with_a_time_zone_have_a_state() {
        for code in 200..1000u16 {
            let code = code.to_string();
            if crate::time_zone::zone_for_area_code(&code).is_some() {
                assert!(state_for_area_code(&code).is_some(), "{code}");
            }
        }
    }
}
