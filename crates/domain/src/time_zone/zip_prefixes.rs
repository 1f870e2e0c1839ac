//! First three digits of ZIP codes, and single ZIP codes that differ from their prefix. See the parent for the source.

type Zones = &'static [&'static str];

const EASTERN: Zones = &["America/New_York"];
const INDIANA: Zones = &["America/Indiana/Indianapolis"];
const MICHIGAN: Zones = &["America/Detroit"];
const CENTRAL: Zones = &["America/Chicago"];
const MOUNTAIN: Zones = &["America/Denver"];
const BOISE: Zones = &["America/Boise"];
const ARIZONA: Zones = &["America/Phoenix"];
const PACIFIC: Zones = &["America/Los_Angeles"];

const CENTRAL_AND_EASTERN: Zones = &["America/Chicago", "America/New_York"];
const EASTERN_WITH_CENTRAL_SLIVER: Zones = &["America/New_York", "America/Chicago"];
const CENTRAL_AND_INDIANA: Zones = &["America/Chicago", "America/Indiana/Indianapolis"];
const INDIANA_WITH_CENTRAL_SLIVER: Zones = &["America/Indiana/Indianapolis", "America/Chicago"];
const MOUNTAIN_AND_CENTRAL: Zones = &["America/Denver", "America/Chicago"];
const CENTRAL_WITH_MOUNTAIN_SLIVER: Zones = &["America/Chicago", "America/Denver"];

/// First prefix, last prefix, zones with the answer first; in order, without overlap.
pub(super) const ZIP_PREFIXES: &[(u16, u16, Zones)] = &[
    (5, 5, EASTERN),                  // Holtsville, New York
    (6, 9, &["America/Puerto_Rico"]), // Puerto Rico, U.S. Virgin Islands
    (10, 89, EASTERN),                // New England, New Jersey
    // 090-098: military, Europe.
    (100, 212, EASTERN),             // New York to Maryland
    (214, 268, EASTERN),             // Maryland, Virginia, West Virginia
    (270, 323, EASTERN),             // Carolinas, Georgia, north-eastern Florida, Tallahassee
    (324, 324, CENTRAL_AND_EASTERN), // Panama City; southern Gulf County is Eastern
    (325, 325, CENTRAL),             // Pensacola
    (326, 339, EASTERN),             // Florida
    // 340: military, Americas.
    (341, 349, EASTERN),                     // Florida
    (350, 367, CENTRAL),                     // Alabama
    (368, 368, CENTRAL_AND_EASTERN),         // Auburn; Phenix City lives by Eastern time
    (369, 372, CENTRAL),                     // Alabama, Nashville
    (373, 373, CENTRAL_AND_EASTERN),         // Around Chattanooga; Tullahoma is Central
    (374, 374, EASTERN),                     // Chattanooga
    (375, 375, CENTRAL),                     // Memphis
    (376, 376, EASTERN),                     // Johnson City
    (377, 377, EASTERN_WITH_CENTRAL_SLIVER), // Around Knoxville; Crab Orchard is Central
    (378, 379, EASTERN),                     // Knoxville
    (380, 397, CENTRAL),                     // Western Tennessee, Cookeville, Mississippi
    (398, 400, EASTERN),                     // Georgia, around Louisville
    (401, 401, CENTRAL_AND_EASTERN),         // West of Louisville; Breckinridge County is Central
    (402, 418, EASTERN),                     // Louisville, Lexington, eastern Kentucky
    (420, 424, CENTRAL),                     // Western Kentucky
    (425, 425, EASTERN),                     // Somerset
    (426, 427, CENTRAL_AND_EASTERN),         // Monticello and Albany; Elizabethtown and Leitchfield
    (430, 459, EASTERN),                     // Ohio
    (460, 462, INDIANA),                     // Indianapolis
    (463, 464, CENTRAL),                     // Gary
    (465, 465, INDIANA_WITH_CENTRAL_SLIVER), // Around South Bend; Knox is Central
    (466, 474, INDIANA),                     // South Bend to Bloomington
    (475, 475, CENTRAL_AND_INDIANA),         // Vincennes; Tell City is Central
    (476, 477, CENTRAL),                     // Evansville
    (478, 478, INDIANA),                     // Terre Haute
    (479, 479, CENTRAL_AND_INDIANA),         // Lafayette; Newton and Jasper counties are Central
    (480, 497, MICHIGAN),
    (498, 499, &["America/Menominee", "America/Detroit"]), // Upper Peninsula; four counties are Central
    (500, 516, CENTRAL),                                   // Iowa
    (520, 528, CENTRAL),                                   // Iowa
    (530, 532, CENTRAL),                                   // Wisconsin
    (534, 535, CENTRAL),                                   // Wisconsin
    (537, 551, CENTRAL),                                   // Wisconsin, Minnesota
    (553, 567, CENTRAL),                                   // Minnesota
    (570, 574, CENTRAL),                                   // Eastern South Dakota
    (575, 576, MOUNTAIN_AND_CENTRAL), // Pierre, Mobridge; west of the Missouri is Mountain
    (577, 577, MOUNTAIN),             // Rapid City
    (580, 584, CENTRAL),              // Eastern North Dakota
    (585, 585, CENTRAL_WITH_MOUNTAIN_SLIVER), // Bismarck; Grant and Sioux counties are Mountain
    (586, 586, MOUNTAIN),             // Dickinson
    (587, 587, CENTRAL),              // Minot
    (588, 588, CENTRAL_WITH_MOUNTAIN_SLIVER), // Williston; part of McKenzie County is Mountain
    (590, 599, MOUNTAIN),             // Montana
    (600, 620, CENTRAL),              // Illinois
    (622, 631, CENTRAL),              // Illinois, Missouri
    (633, 641, CENTRAL),              // Missouri
    (644, 658, CENTRAL),              // Missouri
    (660, 662, CENTRAL),              // Kansas
    (664, 676, CENTRAL),              // Kansas
    (677, 677, MOUNTAIN_AND_CENTRAL), // Colby; Goodland is Mountain
    (678, 678, CENTRAL_WITH_MOUNTAIN_SLIVER), // Dodge City; Greeley and Hamilton counties are Mountain
    (679, 681, CENTRAL),              // Liberal, Omaha
    (683, 689, CENTRAL),              // Nebraska
    (690, 692, MOUNTAIN_AND_CENTRAL), // McCook, North Platte, Valentine
    (693, 693, MOUNTAIN),             // Alliance, Scottsbluff
    (700, 701, CENTRAL),              // New Orleans
    (703, 708, CENTRAL),              // Louisiana
    (710, 714, CENTRAL),              // Louisiana
    (716, 731, CENTRAL),              // Arkansas, Oklahoma
    (733, 741, CENTRAL),              // Austin, Oklahoma
    (743, 770, CENTRAL),              // Oklahoma, Texas
    (772, 797, CENTRAL),              // Texas
    (798, 798, MOUNTAIN_AND_CENTRAL), // Around El Paso; Alpine and Marfa are Central
    (799, 799, MOUNTAIN),             // El Paso
    (800, 816, MOUNTAIN),             // Colorado
    (820, 831, MOUNTAIN),             // Wyoming
    (832, 834, BOISE),                // Southern Idaho
    (835, 835, &["America/Los_Angeles", "America/Boise"]), // Lewiston; Riggins lies on the border
    (836, 837, BOISE),                // Boise
    (838, 838, PACIFIC),              // Coeur d'Alene
    (840, 847, MOUNTAIN),             // Utah
    (850, 853, ARIZONA),
    (855, 857, ARIZONA),
    (859, 859, ARIZONA),
    (860, 860, &["America/Phoenix", "America/Denver"]), // Flagstaff; the Navajo Nation has daylight saving time
    (863, 864, ARIZONA),
    (865, 865, &["America/Phoenix", "America/Denver"]), // Chambers; most is the Navajo Nation
    (870, 871, MOUNTAIN),                               // Albuquerque
    (873, 875, MOUNTAIN),                               // New Mexico
    (877, 885, MOUNTAIN),                               // New Mexico, El Paso
    (889, 891, PACIFIC),                                // Las Vegas
    (893, 895, PACIFIC),                                // Nevada
    (897, 897, PACIFIC),                                // Carson City
    (898, 898, &["America/Los_Angeles", "America/Denver"]), // Elko; West Wendover and Jackpot live by Mountain time
    (900, 908, PACIFIC),                                    // California
    (910, 928, PACIFIC),                                    // California
    (930, 961, PACIFIC),                                    // California
    // 962-966: military, Pacific.
    (967, 968, &["Pacific/Honolulu"]),
    (969, 969, &["Pacific/Guam"]), // Guam, Northern Mariana Islands
    (970, 978, PACIFIC),           // Oregon
    (979, 979, &["America/Boise", "America/Los_Angeles"]), // Ontario; Huntington and Drewsey are Pacific
    (980, 986, PACIFIC),           // Washington
    (988, 994, PACIFIC),           // Washington, Clarkston
    (995, 999, &["America/Anchorage"]),
];

/// ZIP codes that are not in their prefix's zone at all.
pub(super) const SINGLE_ZIPS: &[(&str, Zones)] = &[
    ("96799", &["Pacific/Pago_Pago"]), // American Samoa
    ("96939", &["Pacific/Palau"]),
    ("96940", &["Pacific/Palau"]),
    ("96941", &["Pacific/Pohnpei"]),
    ("96944", &["Pacific/Kosrae"]),
    ("96960", &["Pacific/Majuro"]),
    ("96970", &["Pacific/Majuro"]),
    ("99546", &["America/Adak"]), // Adak
    ("99547", &["America/Adak"]), // Atka
];
