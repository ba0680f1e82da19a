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
  .init(
    source: (64, 48), target: (32, 24), filter: .nearest, region: nil,
    middle: [113, 167, 221], checksum: 0xA906_044E_C5F9_0A72),
  .init(
    source: (97, 61), target: (33, 20), filter: .nearest, region: nil,
    middle: [248, 40, 88], checksum: 0x9561_55B4_CBCF_E3F4),
  .init(
    source: (33, 20), target: (97, 61), filter: .nearest, region: nil,
    middle: [218, 58, 154], checksum: 0x54D0_BF13_2B05_37F2),
  .init(
    source: (200, 150), target: (341, 256), filter: .nearest, region: nil,
    middle: [7, 4, 1], checksum: 0x089E_0FD3_2CA7_51DF),
  .init(
    source: (640, 427), target: (384, 256), filter: .nearest, region: nil,
    middle: [248, 43, 94], checksum: 0x5BA7_14F9_00A4_1382),
  .init(
    source: (427, 640), target: (150, 225), filter: .nearest, region: nil,
    middle: [0, 19, 38], checksum: 0x6E64_7DDF_C392_CE48),
  .init(
    source: (31, 45), target: (46, 30), filter: .nearest, region: nil,
    middle: [80, 237, 138], checksum: 0x9F7E_0E4E_D0B8_D530),
  .init(
    source: (64, 48), target: (64, 20), filter: .nearest, region: nil,
    middle: [109, 165, 221], checksum: 0x2C87_EA68_22B3_E681),
  .init(
    source: (64, 48), target: (20, 48), filter: .nearest, region: nil,
    middle: [97, 140, 183], checksum: 0x5192_2AA9_E8A1_D211),
  .init(
    source: (30, 31), target: (30, 31), filter: .nearest, region: nil,
    middle: [0, 117, 234], checksum: 0xA187_C36E_A599_A34A),
  .init(
    source: (1, 1), target: (5, 3), filter: .nearest, region: nil,
    middle: [0, 40, 80], checksum: 0x02FD_D01C_A365_7487),
  .init(
    source: (1, 40), target: (7, 9), filter: .nearest, region: nil,
    middle: [100, 140, 180], checksum: 0x4AAE_2FE3_C43F_9E67),
  .init(
    source: (40, 1), target: (9, 7), filter: .nearest, region: nil,
    middle: [143, 186, 230], checksum: 0xE72D_8D81_1DD1_4829),
  .init(
    source: (50, 37), target: (1, 1), filter: .nearest, region: nil,
    middle: [163, 101, 39], checksum: 0x2202_881A_4861_B4B6),
  .init(
    source: (500, 3), target: (224, 224), filter: .nearest, region: nil,
    middle: [14, 99, 184], checksum: 0xF23E_D183_98C1_6EF6),
  .init(
    source: (3, 500), target: (224, 224), filter: .nearest, region: nil,
    middle: [65, 189, 57], checksum: 0x23D0_8389_6EBD_AB94),
  .init(
    source: (640, 427), target: (384, 256), filter: .nearest, region: (80, 16, 224, 224),
    middle: [248, 43, 94], checksum: 0xE1D9_8B21_66A5_D132),
  .init(
    source: (97, 61), target: (33, 20), filter: .nearest, region: (32, 0, 1, 20),
    middle: [40, 64, 88], checksum: 0x62D9_67AF_7475_80B5),
  .init(
    source: (33, 20), target: (97, 61), filter: .nearest, region: (5, 60, 90, 1),
    middle: [68, 218, 113], checksum: 0xFFC1_2836_F08A_4424),
  .init(
    source: (64, 48), target: (64, 20), filter: .nearest, region: (3, 2, 50, 11),
    middle: [197, 148, 100], checksum: 0x1677_EB8B_D03D_2B97),
  .init(
    source: (64, 48), target: (20, 48), filter: .nearest, region: (1, 7, 18, 30),
    middle: [65, 86, 107], checksum: 0xDFD2_2187_18D9_CE95),
  .init(
    source: (51, 27), target: (23, 12), filter: .nearest, region: nil,
    middle: [101, 254, 151], checksum: 0xD5F2_1F2A_105D_D2F4, part: (0, 0, 50.25, 26.5)),
  .init(
    source: (51, 27), target: (80, 40), filter: .nearest, region: nil,
    middle: [113, 15, 173], checksum: 0x40DC_D44A_05D6_611B, part: (0.75, 0.5, 50.25, 26.5)),
  .init(
    source: (64, 48), target: (64, 48), filter: .nearest, region: nil,
    middle: [93, 138, 184], checksum: 0x2D1E_67ED_98A5_8CBB, part: (0, 0.25, 64, 47.75)),
  .init(
    source: (97, 61), target: (20, 90), filter: .nearest, region: nil,
    middle: [141, 124, 107], checksum: 0xD533_53EF_A1C7_1977, part: (10.5, 7, 60, 50.125)),
  .init(
    source: (64, 48), target: (32, 24), filter: .box, region: nil,
    middle: [103, 153, 203], checksum: 0xCEC7_AF82_5262_16CE),
  .init(
    source: (97, 61), target: (33, 20), filter: .box, region: nil,
    middle: [156, 85, 99], checksum: 0x5AAD_2BD6_B3AC_102A),
  .init(
    source: (33, 20), target: (97, 61), filter: .box, region: nil,
    middle: [218, 58, 154], checksum: 0x54D0_BF13_2B05_37F2),
  .init(
    source: (200, 150), target: (341, 256), filter: .box, region: nil,
    middle: [7, 4, 1], checksum: 0x089E_0FD3_2CA7_51DF),
  .init(
    source: (640, 427), target: (384, 256), filter: .box, region: nil,
    middle: [202, 75, 77], checksum: 0xED3F_3B16_A604_FB3D),
  .init(
    source: (427, 640), target: (150, 225), filter: .box, region: nil,
    middle: [88, 125, 98], checksum: 0x238C_0B84_C103_DAC9),
  .init(
    source: (31, 45), target: (46, 30), filter: .box, region: nil,
    middle: [80, 237, 138], checksum: 0x566D_34C6_43AA_BC45),
  .init(
    source: (64, 48), target: (64, 20), filter: .box, region: nil,
    middle: [101, 152, 203], checksum: 0x14E4_C91F_078A_57BB),
  .init(
    source: (64, 48), target: (20, 48), filter: .box, region: nil,
    middle: [101, 147, 194], checksum: 0x59DD_930B_5490_0E17),
  .init(
    source: (30, 31), target: (30, 31), filter: .box, region: nil,
    middle: [0, 117, 234], checksum: 0xA187_C36E_A599_A34A),
  .init(
    source: (1, 1), target: (5, 3), filter: .box, region: nil,
    middle: [0, 40, 80], checksum: 0x02FD_D01C_A365_7487),
  .init(
    source: (1, 40), target: (7, 9), filter: .box, region: nil,
    middle: [98, 138, 178], checksum: 0xE12E_2395_8155_B79B),
  .init(
    source: (40, 1), target: (9, 7), filter: .box, region: nil,
    middle: [140, 183, 226], checksum: 0xC6A0_18A6_BD41_617E),
  .init(
    source: (50, 37), target: (1, 1), filter: .box, region: nil,
    middle: [127, 129, 129], checksum: 0xA2B3_6E19_6EA7_5C94),
  .init(
    source: (500, 3), target: (224, 224), filter: .box, region: nil,
    middle: [11, 96, 181], checksum: 0x6D2B_D7AA_7D77_FB0E),
  .init(
    source: (3, 500), target: (224, 224), filter: .box, region: nil,
    middle: [63, 186, 54], checksum: 0x02B6_EADF_7CE8_509B),
  .init(
    source: (640, 427), target: (384, 256), filter: .box, region: (80, 16, 224, 224),
    middle: [202, 75, 77], checksum: 0x5430_CFF4_CDC6_8916),
  .init(
    source: (97, 61), target: (33, 20), filter: .box, region: (32, 0, 1, 20),
    middle: [76, 107, 138], checksum: 0x1C7B_D52D_C493_70B2),
  .init(
    source: (33, 20), target: (97, 61), filter: .box, region: (5, 60, 90, 1),
    middle: [68, 218, 113], checksum: 0xFFC1_2836_F08A_4424),
  .init(
    source: (64, 48), target: (64, 20), filter: .box, region: (3, 2, 50, 11),
    middle: [189, 134, 80], checksum: 0x0999_275F_D6E2_E1AE),
  .init(
    source: (64, 48), target: (20, 48), filter: .box, region: (1, 7, 18, 30),
    middle: [73, 101, 129], checksum: 0x2999_CD91_C50C_252E),
  .init(
    source: (51, 27), target: (23, 12), filter: .box, region: nil,
    middle: [93, 244, 138], checksum: 0x5ADE_3509_F98C_2E46, part: (0, 0, 50.25, 26.5)),
  .init(
    source: (51, 27), target: (80, 40), filter: .box, region: nil,
    middle: [113, 15, 173], checksum: 0x40DC_D44A_05D6_611B, part: (0.75, 0.5, 50.25, 26.5)),
  .init(
    source: (64, 48), target: (64, 48), filter: .box, region: nil,
    middle: [93, 138, 184], checksum: 0x2D1E_67ED_98A5_8CBB, part: (0, 0.25, 64, 47.75)),
  .init(
    source: (97, 61), target: (20, 90), filter: .box, region: nil,
    middle: [141, 124, 107], checksum: 0x5104_1D79_AAF6_42A5, part: (10.5, 7, 60, 50.125)),
  .init(
    source: (64, 48), target: (32, 24), filter: .hamming, region: nil,
    middle: [103, 153, 192], checksum: 0xB364_8B16_FCC6_5C85),
  .init(
    source: (97, 61), target: (33, 20), filter: .hamming, region: nil,
    middle: [172, 115, 108], checksum: 0x27E3_0BB1_FEEC_CB74),
  .init(
    source: (33, 20), target: (97, 61), filter: .hamming, region: nil,
    middle: [213, 50, 144], checksum: 0xA475_5FDF_8F84_1EB3),
  .init(
    source: (200, 150), target: (341, 256), filter: .hamming, region: nil,
    middle: [123, 104, 86], checksum: 0x0255_E24C_F440_5890),
  .init(
    source: (640, 427), target: (384, 256), filter: .hamming, region: nil,
    middle: [192, 102, 93], checksum: 0xB5F4_45D6_F8A9_CC19),
  .init(
    source: (427, 640), target: (150, 225), filter: .hamming, region: nil,
    middle: [103, 130, 119], checksum: 0xC2B2_ACF4_23B7_545F),
  .init(
    source: (31, 45), target: (46, 30), filter: .hamming, region: nil,
    middle: [81, 205, 139], checksum: 0x9896_B8F2_01EF_3F97),
  .init(
    source: (64, 48), target: (64, 20), filter: .hamming, region: nil,
    middle: [104, 157, 174], checksum: 0xA34A_4728_25DF_1114),
  .init(
    source: (64, 48), target: (20, 48), filter: .hamming, region: nil,
    middle: [102, 150, 176], checksum: 0x9E55_B0A8_6BCD_0949),
  .init(
    source: (30, 31), target: (30, 31), filter: .hamming, region: nil,
    middle: [0, 117, 234], checksum: 0xA187_C36E_A599_A34A),
  .init(
    source: (1, 1), target: (5, 3), filter: .hamming, region: nil,
    middle: [0, 40, 80], checksum: 0x02FD_D01C_A365_7487),
  .init(
    source: (1, 40), target: (7, 9), filter: .hamming, region: nil,
    middle: [97, 137, 177], checksum: 0xD351_D95A_1FE3_852A),
  .init(
    source: (40, 1), target: (9, 7), filter: .hamming, region: nil,
    middle: [139, 182, 226], checksum: 0xECDE_4416_7EC1_187F),
  .init(
    source: (50, 37), target: (1, 1), filter: .hamming, region: nil,
    middle: [128, 129, 128], checksum: 0x2FBA_AC1A_E17E_100E),
  .init(
    source: (500, 3), target: (224, 224), filter: .hamming, region: nil,
    middle: [12, 96, 181], checksum: 0x395C_4F7D_DC6A_9B4A),
  .init(
    source: (3, 500), target: (224, 224), filter: .hamming, region: nil,
    middle: [63, 187, 55], checksum: 0xAFBD_52F8_846D_334B),
  .init(
    source: (640, 427), target: (384, 256), filter: .hamming, region: (80, 16, 224, 224),
    middle: [192, 102, 93], checksum: 0xA499_2FB1_3CF9_8BD7),
  .init(
    source: (97, 61), target: (33, 20), filter: .hamming, region: (32, 0, 1, 20),
    middle: [84, 110, 126], checksum: 0x01D1_97E2_1AF3_C05D),
  .init(
    source: (33, 20), target: (97, 61), filter: .hamming, region: (5, 60, 90, 1),
    middle: [66, 215, 109], checksum: 0xEF66_5320_6169_E273),
  .init(
    source: (64, 48), target: (64, 20), filter: .hamming, region: (3, 2, 50, 11),
    middle: [189, 135, 82], checksum: 0xF0F9_1963_B283_F266),
  .init(
    source: (64, 48), target: (20, 48), filter: .hamming, region: (1, 7, 18, 30),
    middle: [73, 101, 129], checksum: 0x866B_27BD_ADBF_12FA),
  .init(
    source: (51, 27), target: (23, 12), filter: .hamming, region: nil,
    middle: [99, 192, 150], checksum: 0xAE5B_E7CD_34A5_5CA3, part: (0, 0, 50.25, 26.5)),
  .init(
    source: (51, 27), target: (80, 40), filter: .hamming, region: nil,
    middle: [109, 46, 167], checksum: 0x4E2D_F59E_F220_7EDF, part: (0.75, 0.5, 50.25, 26.5)),
  .init(
    source: (64, 48), target: (64, 48), filter: .hamming, region: nil,
    middle: [93, 138, 185], checksum: 0xD12E_F60D_94AE_08F9, part: (0, 0.25, 64, 47.75)),
  .init(
    source: (97, 61), target: (20, 90), filter: .hamming, region: nil,
    middle: [131, 108, 91], checksum: 0xE1A1_0F06_57D2_8477, part: (10.5, 7, 60, 50.125)),
  .init(
    source: (64, 48), target: (32, 24), filter: .lanczos, region: nil,
    middle: [101, 149, 206], checksum: 0x558C_42DB_4503_F590),
  .init(
    source: (97, 61), target: (33, 20), filter: .lanczos, region: nil,
    middle: [175, 112, 122], checksum: 0x380D_446C_404A_43F5),
  .init(
    source: (33, 20), target: (97, 61), filter: .lanczos, region: nil,
    middle: [213, 50, 144], checksum: 0xC6D8_1206_D272_D2C3),
  .init(
    source: (200, 150), target: (341, 256), filter: .lanczos, region: nil,
    middle: [132, 110, 62], checksum: 0xE323_FE7C_1F6E_581E),
  .init(
    source: (640, 427), target: (384, 256), filter: .lanczos, region: nil,
    middle: [191, 111, 83], checksum: 0xF9E8_6EA4_9069_BE8D),
  .init(
    source: (427, 640), target: (150, 225), filter: .lanczos, region: nil,
    middle: [111, 136, 132], checksum: 0xEECB_EBB9_AEA4_D884),
  .init(
    source: (31, 45), target: (46, 30), filter: .lanczos, region: nil,
    middle: [83, 210, 145], checksum: 0xC6EA_F00F_19AC_5A52),
  .init(
    source: (64, 48), target: (64, 20), filter: .lanczos, region: nil,
    middle: [105, 159, 168], checksum: 0x9867_013F_72B9_EFA7),
  .init(
    source: (64, 48), target: (20, 48), filter: .lanczos, region: nil,
    middle: [106, 165, 178], checksum: 0x61E5_F385_2092_022A),
  .init(
    source: (30, 31), target: (30, 31), filter: .lanczos, region: nil,
    middle: [0, 117, 234], checksum: 0xA187_C36E_A599_A34A),
  .init(
    source: (1, 1), target: (5, 3), filter: .lanczos, region: nil,
    middle: [0, 40, 80], checksum: 0x02FD_D01C_A365_7487),
  .init(
    source: (1, 40), target: (7, 9), filter: .lanczos, region: nil,
    middle: [97, 137, 177], checksum: 0x84CF_D6AB_53F9_55C6),
  .init(
    source: (40, 1), target: (9, 7), filter: .lanczos, region: nil,
    middle: [139, 179, 244], checksum: 0x00E4_938C_9F9D_C671),
  .init(
    source: (50, 37), target: (1, 1), filter: .lanczos, region: nil,
    middle: [128, 129, 129], checksum: 0x2FBA_AD1A_E17E_11C1),
  .init(
    source: (500, 3), target: (224, 224), filter: .lanczos, region: nil,
    middle: [0, 95, 181], checksum: 0x74F7_D721_42CB_2F78),
  .init(
    source: (3, 500), target: (224, 224), filter: .lanczos, region: nil,
    middle: [63, 187, 55], checksum: 0x2079_B8EF_7602_7276),
  .init(
    source: (640, 427), target: (384, 256), filter: .lanczos, region: (80, 16, 224, 224),
    middle: [191, 111, 83], checksum: 0x2C4E_0106_EF7A_1297),
  .init(
    source: (97, 61), target: (33, 20), filter: .lanczos, region: (32, 0, 1, 20),
    middle: [80, 124, 137], checksum: 0xA62B_9F96_928F_539F),
  .init(
    source: (33, 20), target: (97, 61), filter: .lanczos, region: (5, 60, 90, 1),
    middle: [65, 214, 108], checksum: 0x3CB0_B6A6_C1F3_293A),
  .init(
    source: (64, 48), target: (64, 20), filter: .lanczos, region: (3, 2, 50, 11),
    middle: [186, 134, 67], checksum: 0xBC42_85BA_1CBA_7721),
  .init(
    source: (64, 48), target: (20, 48), filter: .lanczos, region: (1, 7, 18, 30),
    middle: [67, 93, 122], checksum: 0xD4F5_EC84_F9AF_3FBD),
  .init(
    source: (51, 27), target: (23, 12), filter: .lanczos, region: nil,
    middle: [98, 177, 156], checksum: 0x3A12_0917_24A0_067D, part: (0, 0, 50.25, 26.5)),
  .init(
    source: (51, 27), target: (80, 40), filter: .lanczos, region: nil,
    middle: [107, 68, 159], checksum: 0x06F7_3213_4C31_3982, part: (0.75, 0.5, 50.25, 26.5)),
  .init(
    source: (64, 48), target: (64, 48), filter: .lanczos, region: nil,
    middle: [95, 141, 195], checksum: 0x2FE0_EE3F_D779_2D95, part: (0, 0.25, 64, 47.75)),
  .init(
    source: (97, 61), target: (20, 90), filter: .lanczos, region: nil,
    middle: [128, 86, 94], checksum: 0xDFDF_0FAE_7449_8C80, part: (10.5, 7, 60, 50.125)),
]
