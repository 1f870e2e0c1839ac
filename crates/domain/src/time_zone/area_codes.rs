//! Area codes of the United States. See the parent for the source and for codes in two zones.

type Zones = &'static [&'static str];

/// Zones with the answer first, and the codes that have them. Grouped by state, overlays among them.
#[rustfmt::skip]
pub(super) const AREA_CODES: &[(Zones, &[u16])] = &[
    (&["America/New_York"], &[
        203, 475, 860, 959, // Connecticut
        202, 771, // District of Columbia
        302, // Delaware
        239, 305, 321, 324, 352, 386, 407, 561, 645, 656, 689, 727, 728, 754, 772, 786, 813, 863, 904, 941, 954, // Florida
        229, 404, 470, 478, 678, 706, 762, 770, 912, 943, // Georgia
        502, 859, // Kentucky
        339, 351, 413, 508, 617, 774, 781, 857, 978, // Massachusetts
        227, 240, 301, 410, 443, 667, // Maryland
        207, // Maine
        252, 336, 472, 704, 743, 828, 910, 919, 980, 984, // North Carolina
        603, // New Hampshire
        201, 551, 609, 640, 732, 848, 856, 862, 908, 973, // New Jersey
        212, 315, 329, 332, 347, 363, 516, 518, 585, 607, 624, 631, 646, 680, 716, 718, 838, 845, 914, 917, 929, 934, // New York
        216, 220, 234, 283, 326, 330, 380, 419, 436, 440, 513, 567, 614, 740, 937, // Ohio
        215, 223, 267, 272, 412, 445, 484, 570, 582, 610, 717, 724, 814, 835, 878, // Pennsylvania
        401, // Rhode Island
        803, 821, 839, 843, 854, 864, // South Carolina
        865, // Tennessee, Knoxville
        276, 434, 540, 571, 686, 703, 757, 804, 826, 948, // Virginia
        802, // Vermont
        304, 681, // West Virginia
    ]),
    // Slivers of Central time: south-eastern Kentucky's west, Tennessee's Sequatchie valley.
    (&["America/New_York", "America/Chicago"], &[606, 423]),
    (&["America/Detroit"], &[231, 248, 269, 313, 517, 586, 616, 679, 734, 810, 947, 989]),
    // The Upper Peninsula; four counties are Central.
    (&["America/Menominee", "America/Detroit"], &[906]),
    (&["America/Indiana/Indianapolis"], &[260, 317, 463]),
    // South Bend with Knox; Lafayette with Newton and Jasper counties.
    (&["America/Indiana/Indianapolis", "America/Chicago"], &[574, 765]),
    // Southern Indiana with Evansville.
    (&["America/Chicago", "America/Indiana/Indianapolis"], &[812, 930]),
    // Florida's panhandle with Tallahassee; western Kentucky with Elizabethtown; Alabama with Phenix City.
    (&["America/Chicago", "America/New_York"], &[448, 850, 270, 364, 334, 483]),
    (&["America/Chicago"], &[
        205, 251, 256, 659, 938, // Alabama
        327, 479, 501, 870, // Arkansas
        319, 515, 563, 641, 712, // Iowa
        217, 224, 309, 312, 331, 447, 464, 618, 630, 708, 730, 773, 779, 815, 847, 861, 872, // Illinois
        219, // Indiana, Gary
        316, 913, // Kansas
        225, 318, 337, 457, 504, 985, // Louisiana
        218, 320, 507, 612, 651, 763, 924, 952, // Minnesota
        235, 314, 417, 557, 573, 636, 660, 816, 975, // Missouri
        228, 601, 662, 769, // Mississippi
        402, 531, // Nebraska, east
        405, 539, 572, 580, 918, // Oklahoma
        615, 629, 731, 901, 931, // Tennessee
        210, 214, 254, 281, 325, 346, 361, 409, 430, 469, 512, 621, 682, 713, 726, 737, 806, 817, 830, 832, 903, 936,
        940, 945, 956, 972, 979, // Texas
        262, 274, 353, 414, 534, 608, 715, 920, // Wisconsin
    ]),
    // Slivers of Mountain time: western Kansas, Texas near Hudspeth.
    (&["America/Chicago", "America/Denver"], &[620, 785, 432]),
    // North Dakota, South Dakota, western Nebraska.
    (&["America/Denver", "America/Chicago"], &[701, 605, 308]),
    (&["America/Denver"], &[
        303, 719, 720, 970, 983, // Colorado
        406, // Montana
        505, 575, // New Mexico
        385, 435, 801, // Utah
        307, // Wyoming
        915, // Texas, El Paso
    ]),
    (&["America/Phoenix"], &[480, 520, 602, 623]),
    // With the Navajo Nation.
    (&["America/Phoenix", "America/Denver"], &[928]),
    // Idaho, north and south.
    (&["America/Los_Angeles", "America/Boise"], &[208, 986]),
    (&["America/Los_Angeles"], &[
        209, 213, 279, 310, 323, 341, 350, 357, 369, 408, 415, 424, 442, 510, 530, 559, 562, 619, 626, 628, 650, 657,
        661, 669, 707, 714, 738, 747, 760, 805, 818, 820, 831, 837, 840, 858, 909, 916, 925, 949, 951, // California
        702, 725, 775, // Nevada
        503, 971, // Oregon
        206, 253, 360, 425, 509, 564, // Washington
    ]),
    // Oregon with Ontario.
    (&["America/Los_Angeles", "America/Boise"], &[458, 541]),
    (&["America/Anchorage"], &[907]),
    (&["Pacific/Honolulu"], &[808]),
    (&["America/Puerto_Rico"], &[340, 787, 939]),
    (&["Pacific/Guam"], &[670, 671]),
    (&["Pacific/Pago_Pago"], &[684]),
];
