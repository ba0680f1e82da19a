// Printed by Tests/Golden/make_resize_goldens.py with Pillow 12.0.0.

import Images

let resizeGoldens: [ResizeGolden] = [
  .init(
    source: (64, 48), target: (32, 24), filter: .bilinear, region: nil,
    middle: [102, 152, 173], checksum: 0xE7FF_163E_2A5C_B53B),
  .init(
    source: (97, 61), target: (33, 20), filter: .bilinear, region: nil,
    middle: [158, 121, 118], checksum: 0xDCAA_4008_8D17_3F0C),
  .init(
    source: (33, 20), target: (97, 61), filter: .bilinear, region: nil,
    middle: [213, 50, 144], checksum: 0x152D_6D79_DEBB_5083),
  .init(
    source: (200, 150), target: (341, 256), filter: .bilinear, region: nil,
    middle: [134, 108, 82], checksum: 0xE0C3_C52B_F07D_119D),
  .init(
    source: (640, 427), target: (384, 256), filter: .bilinear, region: nil,
    middle: [172, 111, 103], checksum: 0xC911_02D2_5A50_2ADE),
  .init(
    source: (427, 640), target: (150, 225), filter: .bilinear, region: nil,
    middle: [108, 132, 131], checksum: 0xACBD_CAC8_A70E_B655),
  .init(
    source: (31, 45), target: (46, 30), filter: .bilinear, region: nil,
    middle: [83, 184, 144], checksum: 0xC540_482B_D1F5_0035),
  .init(
    source: (64, 48), target: (64, 20), filter: .bilinear, region: nil,
    middle: [104, 156, 155], checksum: 0x00EA_9C7F_D0D5_3912),
  .init(
    source: (64, 48), target: (20, 48), filter: .bilinear, region: nil,
    middle: [104, 152, 161], checksum: 0xC523_3FD2_B006_D94E),
  .init(
    source: (30, 31), target: (30, 31), filter: .bilinear, region: nil,
    middle: [0, 117, 234], checksum: 0xA187_C36E_A599_A34A),
  .init(
    source: (1, 1), target: (5, 3), filter: .bilinear, region: nil,
    middle: [0, 40, 80], checksum: 0x02FD_D01C_A365_7487),
  .init(
    source: (1, 40), target: (7, 9), filter: .bilinear, region: nil,
    middle: [98, 138, 178], checksum: 0xD80A_9615_8CAA_935D),
  .init(
    source: (40, 1), target: (9, 7), filter: .bilinear, region: nil,
    middle: [139, 183, 226], checksum: 0x103C_1F9A_C549_F195),
  .init(
    source: (50, 37), target: (1, 1), filter: .bilinear, region: nil,
    middle: [128, 129, 128], checksum: 0x2FBA_AC1A_E17E_100E),
  .init(
    source: (500, 3), target: (224, 224), filter: .bilinear, region: nil,
    middle: [12, 95, 181], checksum: 0xFCFB_2B12_109A_F819),
  .init(
    source: (3, 500), target: (224, 224), filter: .bilinear, region: nil,
    middle: [64, 186, 55], checksum: 0x561C_B57E_3C58_23CB),
  .init(
    source: (640, 427), target: (384, 256), filter: .bilinear, region: (80, 16, 224, 224),
    middle: [172, 111, 103], checksum: 0xA11F_31B4_9A2A_3E02),
  .init(
    source: (97, 61), target: (33, 20), filter: .bilinear, region: (32, 0, 1, 20),
    middle: [98, 119, 131], checksum: 0xF07D_8A1B_3BC7_E4F1),
  .init(
    source: (33, 20), target: (97, 61), filter: .bilinear, region: (5, 60, 90, 1),
    middle: [64, 212, 105], checksum: 0x6BBF_BCAA_8DA0_816C),
  .init(
    source: (64, 48), target: (64, 20), filter: .bilinear, region: (3, 2, 50, 11),
    middle: [190, 137, 85], checksum: 0x0EFD_849D_9D6E_33E4),
  .init(
    source: (64, 48), target: (20, 48), filter: .bilinear, region: (1, 7, 18, 30),
    middle: [74, 102, 130], checksum: 0xE22D_32E1_AA72_1187),
  .init(
    source: (51, 27), target: (23, 12), filter: .bilinear, region: nil,
    middle: [98, 169, 149], checksum: 0x8CF6_41E7_37CC_017C, part: (0, 0, 50.25, 26.5)),
  .init(
    source: (51, 27), target: (80, 40), filter: .bilinear, region: nil,
    middle: [106, 86, 162], checksum: 0xE1B3_60C6_EE73_4CEE, part: (0.75, 0.5, 50.25, 26.5)),
  .init(
    source: (64, 48), target: (64, 48), filter: .bilinear, region: nil,
    middle: [95, 141, 189], checksum: 0xE5D4_7C6E_4C83_268B, part: (0, 0.25, 64, 47.75)),
  .init(
    source: (97, 61), target: (20, 90), filter: .bilinear, region: nil,
    middle: [127, 102, 106], checksum: 0x9503_A1E0_B38B_9158, part: (10.5, 7, 60, 50.125)),
  .init(
    source: (64, 48), target: (32, 24), filter: .bicubic, region: nil,
    middle: [102, 154, 195], checksum: 0xB5F9_2FFF_CDF6_AC7A),
  .init(
    source: (97, 61), target: (33, 20), filter: .bicubic, region: nil,
    middle: [169, 116, 118], checksum: 0x42F3_E76A_5BC0_18A9),
  .init(
    source: (33, 20), target: (97, 61), filter: .bicubic, region: nil,
    middle: [213, 50, 144], checksum: 0x5D7D_C6E7_ABB5_5A13),
  .init(
    source: (200, 150), target: (341, 256), filter: .bicubic, region: nil,
    middle: [133, 110, 72], checksum: 0x0E78_B09B_651E_49F2),
  .init(
    source: (640, 427), target: (384, 256), filter: .bicubic, region: nil,
    middle: [186, 110, 91], checksum: 0x17DD_05FD_FA29_8B5E),
  .init(
    source: (427, 640), target: (150, 225), filter: .bicubic, region: nil,
    middle: [108, 133, 129], checksum: 0x90F7_4653_BC88_4E82),
  .init(
    source: (31, 45), target: (46, 30), filter: .bicubic, region: nil,
    middle: [83, 201, 144], checksum: 0x67B6_8875_FD0A_04B6),
  .init(
    source: (64, 48), target: (64, 20), filter: .bicubic, region: nil,
    middle: [104, 158, 163], checksum: 0x5DB9_3201_D54F_81F1),
  .init(
    source: (64, 48), target: (20, 48), filter: .bicubic, region: nil,
    middle: [103, 157, 171], checksum: 0xD8F0_F439_33FF_BA59),
  .init(
    source: (30, 31), target: (30, 31), filter: .bicubic, region: nil,
    middle: [0, 117, 234], checksum: 0xA187_C36E_A599_A34A),
  .init(
    source: (1, 1), target: (5, 3), filter: .bicubic, region: nil,
    middle: [0, 40, 80], checksum: 0x02FD_D01C_A365_7487),
  .init(
    source: (1, 40), target: (7, 9), filter: .bicubic, region: nil,
    middle: [98, 138, 178], checksum: 0x2EFD_5A2A_166F_AAE1),
  .init(
    source: (40, 1), target: (9, 7), filter: .bicubic, region: nil,
    middle: [139, 183, 236], checksum: 0x1E5A_8939_E2BA_D4D8),
  .init(
    source: (50, 37), target: (1, 1), filter: .bicubic, region: nil,
    middle: [128, 129, 128], checksum: 0x2FBA_AC1A_E17E_100E),
  .init(
    source: (500, 3), target: (224, 224), filter: .bicubic, region: nil,
    middle: [0, 96, 181], checksum: 0x75D5_1807_E478_2262),
  .init(
    source: (3, 500), target: (224, 224), filter: .bicubic, region: nil,
    middle: [63, 187, 55], checksum: 0xEA6E_3BBC_002D_3C34),
  .init(
    source: (640, 427), target: (384, 256), filter: .bicubic, region: (80, 16, 224, 224),
    middle: [186, 110, 91], checksum: 0x006D_E828_BA2B_1D79),
  .init(
    source: (97, 61), target: (33, 20), filter: .bicubic, region: (32, 0, 1, 20),
    middle: [87, 121, 134], checksum: 0xB34D_B0D9_11E3_D30E),
  .init(
    source: (33, 20), target: (97, 61), filter: .bicubic, region: (5, 60, 90, 1),
    middle: [65, 214, 107], checksum: 0x1E3C_A4E5_D134_F7E3),
  .init(
    source: (64, 48), target: (64, 20), filter: .bicubic, region: (3, 2, 50, 11),
    middle: [190, 137, 77], checksum: 0x1B89_B0AA_AD44_ABB2),
  .init(
    source: (64, 48), target: (20, 48), filter: .bicubic, region: (1, 7, 18, 30),
    middle: [69, 98, 126], checksum: 0x9AE4_928B_F258_4CF8),
  .init(
    source: (51, 27), target: (23, 12), filter: .bicubic, region: nil,
    middle: [99, 176, 154], checksum: 0xEC19_1C6B_3C74_6CBC, part: (0, 0, 50.25, 26.5)),
  .init(
    source: (51, 27), target: (80, 40), filter: .bicubic, region: nil,
    middle: [107, 71, 162], checksum: 0x62E2_6D46_C0F3_ED85, part: (0.75, 0.5, 50.25, 26.5)),
  .init(
    source: (64, 48), target: (64, 48), filter: .bicubic, region: nil,
    middle: [95, 141, 190], checksum: 0x1371_727A_2E86_3DA5, part: (0, 0.25, 64, 47.75)),
  .init(
    source: (97, 61), target: (20, 90), filter: .bicubic, region: nil,
    middle: [127, 95, 95], checksum: 0x84C1_F551_BBE9_95EC, part: (10.5, 7, 60, 50.125)),
]
