extension TimmConfigurations {
  /// Made by Tests/Zoo/timm_table.py from timm 1.0.31 (Apache-2.0). A line that begins at the
  /// margin is a configuration: size, crop_pct, interpolation, crop_mode, and mean and deviation by a name;
  /// indented below it stand the checkpoints that have it.
  static let table = """
    224 0.875 bicubic center imagenet
      convnext_atto convnext_atto.d2_in1k convnext_atto_ols convnext_atto_ols.a2_in1k convnext_atto_rms
      convnext_atto_rms.untrained convnext_base convnext_base.fb_in1k convnext_base.fb_in22k
      convnext_base.fb_in22k_ft_in1k convnext_femto convnext_femto.d1_in1k convnext_femto_ols
      convnext_femto_ols.d1_in1k convnext_large convnext_large.fb_in1k convnext_large.fb_in22k
      convnext_large.fb_in22k_ft_in1k convnext_pico convnext_pico.d1_in1k convnext_small.fb_in1k
      convnext_small.fb_in22k convnext_small.fb_in22k_ft_in1k convnext_tiny.fb_in1k convnext_tiny.fb_in22k
      convnext_tiny.fb_in22k_ft_in1k convnext_xlarge convnext_xlarge.fb_in22k convnext_xlarge.fb_in22k_ft_in1k
      convnextv2_atto convnextv2_atto.fcmae_ft_in1k convnextv2_base convnextv2_base.fcmae_ft_in1k
      convnextv2_base.fcmae_ft_in22k_in1k convnextv2_femto convnextv2_femto.fcmae_ft_in1k
      convnextv2_huge.fcmae_ft_in1k convnextv2_large convnextv2_large.fcmae_ft_in1k
      convnextv2_large.fcmae_ft_in22k_in1k convnextv2_nano convnextv2_nano.fcmae_ft_in1k
      convnextv2_nano.fcmae_ft_in22k_in1k convnextv2_pico convnextv2_pico.fcmae_ft_in1k convnextv2_small
      convnextv2_small.untrained convnextv2_tiny convnextv2_tiny.fcmae_ft_in1k convnextv2_tiny.fcmae_ft_in22k_in1k
      densenet121 densenet121.ra_in1k densenet121.tv_in1k densenet161 densenet161.tv_in1k densenet169
      densenet169.tv_in1k densenet201 densenet201.tv_in1k densenet264d densenet264d.untrained densenetblur121d
      densenetblur121d.ra_in1k efficientnet_b0 efficientnet_b0.ra_in1k efficientnet_b0_g16_evos
      efficientnet_b0_g16_evos.untrained efficientnet_b0_g8_gn efficientnet_b0_g8_gn.untrained efficientnet_b0_gn
      efficientnet_b0_gn.untrained efficientnet_b1.ft_in1k efficientnet_blur_b0 efficientnet_blur_b0.untrained
      efficientnet_cc_b0_4e efficientnet_cc_b0_4e.untrained efficientnet_cc_b0_8e efficientnet_cc_b0_8e.untrained
      efficientnet_es efficientnet_es.ra_in1k efficientnet_es_pruned efficientnet_es_pruned.in1k efficientnet_lite0
      efficientnet_lite0.ra_in1k mobilenetv2_035 mobilenetv2_035.untrained mobilenetv2_050 mobilenetv2_050.lamb_in1k
      mobilenetv2_075 mobilenetv2_075.untrained mobilenetv2_100 mobilenetv2_100.ra_in1k mobilenetv2_110d
      mobilenetv2_110d.ra_in1k mobilenetv2_120d mobilenetv2_120d.ra_in1k mobilenetv2_140 mobilenetv2_140.ra_in1k
      mobilenetv3_large_100 mobilenetv3_large_100.ra_in1k mobilenetv3_rw mobilenetv3_rw.rmsp_in1k
      mobilenetv3_small_050 mobilenetv3_small_050.lamb_in1k mobilenetv3_small_075 mobilenetv3_small_075.lamb_in1k
      mobilenetv3_small_100 mobilenetv3_small_100.lamb_in1k regnetx_002 regnetx_002.pycls_in1k regnetx_004
      regnetx_004.pycls_in1k regnetx_006 regnetx_006.pycls_in1k regnetx_008.pycls_in1k regnetx_016.pycls_in1k
      regnetx_032.pycls_in1k regnetx_040 regnetx_040.pycls_in1k regnetx_064 regnetx_064.pycls_in1k
      regnetx_080.pycls_in1k regnetx_120 regnetx_120.pycls_in1k regnetx_160.pycls_in1k regnetx_320.pycls_in1k
      regnety_002 regnety_002.pycls_in1k regnety_004.pycls_in1k regnety_006 regnety_006.pycls_in1k regnety_008
      regnety_008.pycls_in1k regnety_016.pycls_in1k regnety_032.pycls_in1k regnety_040.pycls_in1k
      regnety_064.pycls_in1k regnety_080.pycls_in1k regnety_120.pycls_in1k regnety_160.pycls_in1k
      regnety_320.pycls_in1k resnet101.gluon_in1k resnet101c resnet101c.gluon_in1k resnet101d.gluon_in1k resnet101s
      resnet101s.gluon_in1k resnet152.gluon_in1k resnet152c resnet152c.gluon_in1k resnet152d.gluon_in1k resnet152s
      resnet152s.gluon_in1k resnet18.gluon_in1k resnet18d resnet18d.ra2_in1k resnet200 resnet200.untrained resnet26
      resnet26.bt_in1k resnet26d resnet26d.bt_in1k resnet34.bt_in1k resnet34.gluon_in1k resnet34d resnet34d.ra2_in1k
      resnet50.am_in1k resnet50.bt_in1k resnet50.gluon_in1k resnet50.ra_in1k resnet50.ram_in1k resnet50c
      resnet50c.gluon_in1k resnet50d resnet50d.gluon_in1k resnet50d.ra2_in1k resnet50s resnet50s.gluon_in1k
      resnet50t resnet50t.untrained resnetaa34d resnetaa34d.untrained resnetblur101d resnetblur101d.untrained
      resnetblur18 resnetblur18.untrained resnetblur50 resnetblur50.bt_in1k resnetblur50d resnetblur50d.untrained
      resnext101_32x4d.gluon_in1k resnext101_32x4d.untrained resnext101_64x4d.gluon_in1k resnext50_32x4d.gluon_in1k
      resnext50_32x4d.ra_in1k resnext50d_32x4d resnext50d_32x4d.bt_in1k seresnet101 seresnet101.untrained
      seresnet152 seresnet152.untrained seresnet18 seresnet18.untrained seresnet34 seresnet34.untrained
      seresnet50.ra2_in1k seresnet50t seresnet50t.untrained seresnetaa50d seresnetaa50d.untrained seresnext101_32x4d
      seresnext101_32x4d.gluon_in1k seresnext101_32x4d.untrained seresnext101_64x4d seresnext101_64x4d.gluon_in1k
      seresnext26d_32x4d seresnext26d_32x4d.bt_in1k seresnext26t_32x4d seresnext26t_32x4d.bt_in1k seresnext50_32x4d
      seresnext50_32x4d.gluon_in1k seresnext50_32x4d.racm_in1k seresnextaa101d_32x8d.sw_in12k_ft_in1k
      tf_efficientnet_b0 tf_efficientnet_b0.aa_in1k tf_efficientnet_b0.in1k tf_efficientnet_b0.ns_jft_in1k
      wide_resnet50_2 wide_resnet50_2.racm_in1k
    224 0.9 bicubic center imagenet
      deit3_base_patch16_224 deit3_base_patch16_224.fb_in1k deit3_huge_patch14_224 deit3_huge_patch14_224.fb_in1k
      deit3_large_patch16_224 deit3_large_patch16_224.fb_in1k deit3_medium_patch16_224
      deit3_medium_patch16_224.fb_in1k deit3_small_patch16_224 deit3_small_patch16_224.fb_in1k
      deit_base_distilled_patch16_224 deit_base_distilled_patch16_224.fb_in1k deit_base_patch16_224
      deit_base_patch16_224.fb_in1k deit_small_distilled_patch16_224 deit_small_distilled_patch16_224.fb_in1k
      deit_small_patch16_224 deit_small_patch16_224.fb_in1k deit_tiny_distilled_patch16_224
      deit_tiny_distilled_patch16_224.fb_in1k deit_tiny_patch16_224 deit_tiny_patch16_224.fb_in1k
      swin_base_patch4_window7_224 swin_base_patch4_window7_224.ms_in1k swin_base_patch4_window7_224.ms_in22k
      swin_base_patch4_window7_224.ms_in22k_ft_in1k swin_large_patch4_window7_224
      swin_large_patch4_window7_224.ms_in22k swin_large_patch4_window7_224.ms_in22k_ft_in1k swin_s3_base_224
      swin_s3_base_224.ms_in1k swin_s3_small_224 swin_s3_small_224.ms_in1k swin_s3_tiny_224 swin_s3_tiny_224.ms_in1k
      swin_small_patch4_window7_224 swin_small_patch4_window7_224.ms_in1k swin_small_patch4_window7_224.ms_in22k
      swin_small_patch4_window7_224.ms_in22k_ft_in1k swin_tiny_patch4_window7_224
      swin_tiny_patch4_window7_224.ms_in1k swin_tiny_patch4_window7_224.ms_in22k
      swin_tiny_patch4_window7_224.ms_in22k_ft_in1k swinv2_cr_base_224 swinv2_cr_base_224.untrained
      swinv2_cr_base_ns_224 swinv2_cr_base_ns_224.untrained swinv2_cr_giant_224 swinv2_cr_giant_224.untrained
      swinv2_cr_huge_224 swinv2_cr_huge_224.untrained swinv2_cr_large_224 swinv2_cr_large_224.untrained
      swinv2_cr_small_224 swinv2_cr_small_224.sw_in1k swinv2_cr_small_ns_224 swinv2_cr_small_ns_224.sw_in1k
      swinv2_cr_tiny_224 swinv2_cr_tiny_224.untrained swinv2_cr_tiny_ns_224 swinv2_cr_tiny_ns_224.sw_in1k
      vit_base_patch16_rope_224 vit_base_patch16_rope_224.naver_in1k vit_base_patch16_rope_ape_224
      vit_base_patch16_rope_ape_224.naver_in1k vit_base_patch16_rope_mixed_224
      vit_base_patch16_rope_mixed_224.naver_in1k vit_base_patch16_rope_mixed_ape_224
      vit_base_patch16_rope_mixed_ape_224.naver_in1k vit_large_patch16_rope_224
      vit_large_patch16_rope_224.naver_in1k vit_large_patch16_rope_ape_224 vit_large_patch16_rope_ape_224.naver_in1k
      vit_large_patch16_rope_mixed_224 vit_large_patch16_rope_mixed_224.naver_in1k
      vit_large_patch16_rope_mixed_ape_224 vit_large_patch16_rope_mixed_ape_224.naver_in1k
      vit_small_patch16_rope_224 vit_small_patch16_rope_224.naver_in1k vit_small_patch16_rope_ape_224
      vit_small_patch16_rope_ape_224.naver_in1k vit_small_patch16_rope_mixed_224
      vit_small_patch16_rope_mixed_224.naver_in1k vit_small_patch16_rope_mixed_ape_224
      vit_small_patch16_rope_mixed_ape_224.naver_in1k
    224 0.95 bicubic center imagenet
      convnext_nano convnext_nano.d1h_in1k convnext_nano.in12k convnext_nano.in12k_ft_in1k convnext_nano_ols
      convnext_nano_ols.d1h_in1k convnext_pico_ols convnext_pico_ols.d1_in1k convnext_small convnext_small.in12k
      convnext_small.in12k_ft_in1k convnext_tiny convnext_tiny.in12k convnext_tiny.in12k_ft_in1k convnext_tiny_hnf
      convnext_tiny_hnf.a2h_in1k regnety_032 regnety_032.ra_in1k regnety_040 regnety_040.ra3_in1k regnety_040_sgn
      regnety_040_sgn.untrained regnety_064 regnety_064.ra3_in1k regnety_080 regnety_080.ra3_in1k regnety_120
      regnety_120.sw_in12k regnety_120.sw_in12k_ft_in1k regnety_160 regnety_160.deit_in1k
      regnety_160.lion_in12k_ft_in1k regnety_160.sw_in12k regnety_160.sw_in12k_ft_in1k resnet101 resnet101.a1_in1k
      resnet101.a1h_in1k resnet101.a2_in1k resnet152 resnet152.a1_in1k resnet152.a1h_in1k resnet152.a2_in1k resnet18
      resnet18.a1_in1k resnet18.a2_in1k resnet34 resnet34.a1_in1k resnet34.a2_in1k resnet50 resnet50.a1_in1k
      resnet50.a2_in1k resnet50.b1k_in1k resnet50.b2k_in1k resnet50.c1_in1k resnet50.c2_in1k resnet50.d_in1k
      resnet50d.a1_in1k resnet50d.a2_in1k resnetaa101d resnetaa101d.sw_in12k resnetaa101d.sw_in12k_ft_in1k
      resnetaa50 resnetaa50.a1h_in1k resnetaa50d resnetaa50d.d_in12k resnetaa50d.sw_in12k
      resnetaa50d.sw_in12k_ft_in1k resnext101_64x4d resnext101_64x4d.c1_in1k resnext50_32x4d resnext50_32x4d.a1_in1k
      resnext50_32x4d.a1h_in1k resnext50_32x4d.a2_in1k seresnet50 seresnet50.a1_in1k seresnet50.a2_in1k
      seresnext101_32x8d seresnext101_32x8d.ah_in1k seresnext101d_32x8d seresnext101d_32x8d.ah_in1k
      seresnextaa101d_32x8d.ah_in1k seresnextaa101d_32x8d.sw_in12k
    224 0.9 bicubic center half
      convnext_zepto_rms_ols convnext_zepto_rms_ols.ra4_e3600_r224_in1k efficientnet_b0.ra4_e3600_r224_in1k
      resnet18d.ra4_e3600_r224_in1k resnet34.ra4_e3600_r224_in1k resnetv2_18 resnetv2_18.ra4_e3600_r224_in1k
      resnetv2_18d resnetv2_18d.ra4_e3600_r224_in1k resnetv2_34 resnetv2_34.ra4_e3600_r224_in1k resnetv2_34d
      resnetv2_34d.ra4_e3600_r224_in1k vit_base_patch16_18x2_224 vit_base_patch16_18x2_224.untrained
      vit_base_patch16_224 vit_base_patch16_224.augreg2_in21k_ft_in1k vit_base_patch16_224.augreg_in1k
      vit_base_patch16_224.augreg_in21k vit_base_patch16_224.augreg_in21k_ft_in1k
      vit_base_patch16_224.orig_in21k_ft_in1k vit_base_patch16_224.sam_in1k vit_base_patch16_gap_224
      vit_base_patch16_gap_224.untrained vit_base_patch16_rpn_224 vit_base_patch16_rpn_224.sw_in1k
      vit_base_patch16_xp_224 vit_base_patch16_xp_224.untrained vit_base_patch32_224
      vit_base_patch32_224.augreg_in1k vit_base_patch32_224.augreg_in21k vit_base_patch32_224.augreg_in21k_ft_in1k
      vit_base_patch32_224.sam_in1k vit_base_patch8_224 vit_base_patch8_224.augreg2_in21k_ft_in1k
      vit_base_patch8_224.augreg_in21k vit_base_patch8_224.augreg_in21k_ft_in1k vit_large_patch14_224
      vit_large_patch14_224.untrained vit_large_patch14_xp_224 vit_large_patch14_xp_224.untrained
      vit_large_patch16_224 vit_large_patch16_224.augreg_in21k vit_large_patch16_224.augreg_in21k_ft_in1k
      vit_small_patch16_18x2_224 vit_small_patch16_18x2_224.untrained vit_small_patch16_224
      vit_small_patch16_224.augreg_in1k vit_small_patch16_224.augreg_in21k
      vit_small_patch16_224.augreg_in21k_ft_in1k vit_small_patch16_36x1_224 vit_small_patch16_36x1_224.untrained
      vit_small_patch32_224 vit_small_patch32_224.augreg_in21k vit_small_patch32_224.augreg_in21k_ft_in1k
      vit_tiny_patch16_224 vit_tiny_patch16_224.augreg_in21k vit_tiny_patch16_224.augreg_in21k_ft_in1k
    384 1.0 bicubic center imagenet
      convnext_nano.r384_ad_in12k convnext_nano.r384_in12k convnext_nano.r384_in12k_ft_in1k deit3_base_patch16_384
      deit3_base_patch16_384.fb_in1k deit3_base_patch16_384.fb_in22k_ft_in1k deit3_large_patch16_384
      deit3_large_patch16_384.fb_in1k deit3_large_patch16_384.fb_in22k_ft_in1k deit3_small_patch16_384
      deit3_small_patch16_384.fb_in1k deit3_small_patch16_384.fb_in22k_ft_in1k deit_base_distilled_patch16_384
      deit_base_distilled_patch16_384.fb_in1k deit_base_patch16_384 deit_base_patch16_384.fb_in1k efficientnetv2_l
      efficientnetv2_l.untrained efficientnetv2_xl efficientnetv2_xl.untrained regnety_1280
      regnety_1280.seer_ft_in1k regnety_1280.swag_ft_in1k regnety_160.swag_ft_in1k regnety_2560
      regnety_2560.seer_ft_in1k regnety_320.seer_ft_in1k regnety_320.swag_ft_in1k regnety_640
      regnety_640.seer_ft_in1k seresnextaa201d_32x8d seresnextaa201d_32x8d.sw_in12k_ft_in1k_384
      swin_base_patch4_window12_384 swin_base_patch4_window12_384.ms_in1k swin_base_patch4_window12_384.ms_in22k
      swin_base_patch4_window12_384.ms_in22k_ft_in1k swin_large_patch4_window12_384
      swin_large_patch4_window12_384.ms_in22k swin_large_patch4_window12_384.ms_in22k_ft_in1k
      swinv2_base_window12to24_192to384 swinv2_base_window12to24_192to384.ms_in22k_ft_in1k swinv2_cr_base_384
      swinv2_cr_base_384.untrained swinv2_cr_giant_384 swinv2_cr_giant_384.untrained swinv2_cr_huge_384
      swinv2_cr_huge_384.untrained swinv2_cr_large_384 swinv2_cr_large_384.untrained swinv2_cr_small_384
      swinv2_cr_small_384.untrained swinv2_cr_tiny_384 swinv2_cr_tiny_384.untrained
      swinv2_large_window12to24_192to384 swinv2_large_window12to24_192to384.ms_in22k_ft_in1k
    224 0.875 bilinear center imagenet
      mobilenetv3_large_075 mobilenetv3_large_075.untrained resnet101.tv_in1k resnet152.tv_in1k
      resnet18.fb_ssl_yfcc100m_ft_in1k resnet18.fb_swsl_ig1b_ft_in1k resnet18.tv_in1k resnet34.tv_in1k
      resnet50.fb_ssl_yfcc100m_ft_in1k resnet50.fb_swsl_ig1b_ft_in1k resnet50.tv_in1k resnext101_32x16d
      resnext101_32x16d.fb_ssl_yfcc100m_ft_in1k resnext101_32x16d.fb_swsl_ig1b_ft_in1k
      resnext101_32x16d.fb_wsl_ig1b_ft_in1k resnext101_32x32d resnext101_32x32d.fb_wsl_ig1b_ft_in1k resnext101_32x4d
      resnext101_32x4d.fb_ssl_yfcc100m_ft_in1k resnext101_32x4d.fb_swsl_ig1b_ft_in1k resnext101_32x8d
      resnext101_32x8d.fb_ssl_yfcc100m_ft_in1k resnext101_32x8d.fb_swsl_ig1b_ft_in1k
      resnext101_32x8d.fb_wsl_ig1b_ft_in1k resnext101_32x8d.tv_in1k resnext101_64x4d.tv_in1k
      resnext50_32x4d.fb_ssl_yfcc100m_ft_in1k resnext50_32x4d.fb_swsl_ig1b_ft_in1k resnext50_32x4d.tv_in1k vgg11
      vgg11.tv_in1k vgg11_bn vgg11_bn.tv_in1k vgg13 vgg13.tv_in1k vgg13_bn vgg13_bn.tv_in1k vgg16 vgg16.tv_in1k
      vgg16_bn vgg16_bn.tv_in1k vgg19 vgg19.tv_in1k vgg19_bn vgg19_bn.tv_in1k wide_resnet101_2
      wide_resnet101_2.tv_in1k wide_resnet50_2.tv_in1k
    224 1.0 bicubic center clip
      vit_base_patch16_224.bamboo vit_base_patch16_clip_224.datacompxl vit_base_patch16_clip_224.dfn2b
      vit_base_patch16_clip_224.laion2b vit_base_patch16_clip_224.laion2b_ft_in1k
      vit_base_patch16_clip_224.laion400m_e32 vit_base_patch16_clip_224.metaclip_2pt5b
      vit_base_patch16_clip_224.metaclip_400m vit_base_patch16_clip_quickgelu_224
      vit_base_patch16_clip_quickgelu_224.metaclip_2pt5b vit_base_patch16_clip_quickgelu_224.metaclip_400m
      vit_base_patch32_clip_224.datacompxl vit_base_patch32_clip_224.metaclip_2pt5b
      vit_base_patch32_clip_224.metaclip_400m vit_base_patch32_clip_quickgelu_224.metaclip_2pt5b
      vit_base_patch32_clip_quickgelu_224.metaclip_400m vit_large_patch14_clip_224.apple_mclip2_dfndr2b
      vit_large_patch14_clip_224.datacompxl vit_large_patch14_clip_224.dfn2b vit_large_patch14_clip_224.dfn2b_s39b
      vit_large_patch14_clip_224.laion400m_e32 vit_large_patch14_clip_224.metaclip_2pt5b
      vit_large_patch14_clip_224.metaclip_400m vit_large_patch14_clip_224.openai
      vit_large_patch14_clip_224.openai_ft_in12k vit_large_patch14_clip_224.openai_ft_in12k_in1k
      vit_large_patch14_clip_224.openai_ft_in1k vit_large_patch14_clip_quickgelu_224
      vit_large_patch14_clip_quickgelu_224.dfn2b vit_large_patch14_clip_quickgelu_224.metaclip_2pt5b
      vit_large_patch14_clip_quickgelu_224.metaclip_400m vit_large_patch14_clip_quickgelu_224.openai
    256 0.9 bicubic center imagenet
      resnet32ts resnet32ts.ra2_in1k resnet33ts resnet33ts.ra2_in1k resnet50_mlp resnet50_mlp.untrained resnet61q
      resnet61q.ra2_in1k resnext26ts resnext26ts.ra2_in1k seresnet33ts seresnet33ts.ra2_in1k seresnext26ts
      seresnext26ts.ch_in1k swinv2_base_window12to16_192to256 swinv2_base_window12to16_192to256.ms_in22k_ft_in1k
      swinv2_base_window16_256 swinv2_base_window16_256.ms_in1k swinv2_base_window8_256
      swinv2_base_window8_256.ms_in1k swinv2_large_window12to16_192to256
      swinv2_large_window12to16_192to256.ms_in22k_ft_in1k swinv2_small_window16_256
      swinv2_small_window16_256.ms_in1k swinv2_small_window8_256 swinv2_small_window8_256.ms_in1k
      swinv2_tiny_window16_256 swinv2_tiny_window16_256.ms_in1k swinv2_tiny_window8_256
      swinv2_tiny_window8_256.ms_in1k
    224 0.965 bicubic center imagenet
      regnetx_004_tv regnetx_004_tv.tv2_in1k regnetx_008 regnetx_008.tv2_in1k regnetx_016 regnetx_016.tv2_in1k
      regnetx_032 regnetx_032.tv2_in1k regnetx_080 regnetx_080.tv2_in1k regnetx_160 regnetx_160.tv2_in1k regnetx_320
      regnetx_320.tv2_in1k regnety_004 regnety_004.tv2_in1k regnety_008_tv regnety_008_tv.tv2_in1k regnety_016
      regnety_016.tv2_in1k regnety_032.tv2_in1k regnety_080_tv regnety_080_tv.tv2_in1k regnety_1280.swag_lc_in1k
      regnety_160.swag_lc_in1k regnety_160.tv2_in1k regnety_320 regnety_320.swag_lc_in1k regnety_320.tv2_in1k
    224 0.875 bicubic center half
      convnext_zepto_rms convnext_zepto_rms.ra4_e3600_r224_in1k resnetv2_101d resnetv2_101d.untrained resnetv2_152
      resnetv2_152.untrained resnetv2_152d resnetv2_152d.untrained resnetv2_152x2_bit
      resnetv2_152x2_bit.goog_teacher_in21k_ft_in1k resnetv2_50d resnetv2_50d.untrained resnetv2_50d_frn
      resnetv2_50d_frn.untrained resnetv2_50t resnetv2_50t.untrained resnetv2_50x1_bit
      resnetv2_50x1_bit.goog_distilled_in1k tf_efficientnet_b0.ap_in1k tf_efficientnet_cc_b0_4e
      tf_efficientnet_cc_b0_4e.in1k tf_efficientnet_cc_b0_8e tf_efficientnet_cc_b0_8e.in1k tf_efficientnet_es
      tf_efficientnet_es.in1k tf_efficientnet_lite0 tf_efficientnet_lite0.in1k
    224 0.9 bicubic center clip
      resnet101_clip resnet101_clip.openai resnet101_clip.yfcc15m resnet50_clip resnet50_clip.cc12m
      resnet50_clip.openai resnet50_clip.yfcc15m vit_base_patch16_clip_224.laion2b_ft_in12k
      vit_base_patch16_clip_224.openai vit_base_patch16_clip_224.openai_ft_in12k
      vit_base_patch16_clip_224.openai_ft_in1k vit_base_patch16_clip_quickgelu_224.openai vit_base_patch32_clip_224
      vit_base_patch32_clip_224.laion2b vit_base_patch32_clip_224.laion2b_ft_in12k_in1k
      vit_base_patch32_clip_224.laion2b_ft_in1k vit_base_patch32_clip_224.laion400m_e32
      vit_base_patch32_clip_224.openai vit_base_patch32_clip_224.openai_ft_in12k_in1k
      vit_base_patch32_clip_224.openai_ft_in1k vit_base_patch32_clip_quickgelu_224
      vit_base_patch32_clip_quickgelu_224.laion400m_e32 vit_base_patch32_clip_quickgelu_224.openai
    384 1.0 bicubic center half
      resnetv2_152x2_bit.goog_teacher_in21k_ft_in1k_384 resnetv2_34d.ra4_e3600_r384_in1k vit_base_patch16_384
      vit_base_patch16_384.augreg_in1k vit_base_patch16_384.augreg_in21k_ft_in1k
      vit_base_patch16_384.orig_in21k_ft_in1k vit_base_patch32_384 vit_base_patch32_384.augreg_in1k
      vit_base_patch32_384.augreg_in21k_ft_in1k vit_large_patch16_384 vit_large_patch16_384.augreg_in21k_ft_in1k
      vit_large_patch32_384 vit_large_patch32_384.orig_in21k_ft_in1k vit_small_patch16_384
      vit_small_patch16_384.augreg_in1k vit_small_patch16_384.augreg_in21k_ft_in1k vit_small_patch32_384
      vit_small_patch32_384.augreg_in21k_ft_in1k vit_tiny_patch16_384 vit_tiny_patch16_384.augreg_in21k_ft_in1k
    224 0.875 bilinear center half
      resnetv2_101x1_bit.goog_in21k resnetv2_101x3_bit.goog_in21k resnetv2_152x2_bit.goog_in21k
      resnetv2_152x4_bit.goog_in21k resnetv2_50x1_bit.goog_in21k resnetv2_50x3_bit.goog_in21k
      tf_mobilenetv3_large_075 tf_mobilenetv3_large_075.in1k tf_mobilenetv3_large_100 tf_mobilenetv3_large_100.in1k
      tf_mobilenetv3_large_minimal_100 tf_mobilenetv3_large_minimal_100.in1k tf_mobilenetv3_small_075
      tf_mobilenetv3_small_075.in1k tf_mobilenetv3_small_100 tf_mobilenetv3_small_100.in1k
      tf_mobilenetv3_small_minimal_100 tf_mobilenetv3_small_minimal_100.in1k
    256 1.0 bicubic center clip
      convnext_base.clip_laion2b convnext_base.clip_laion2b_augreg convnext_base.clip_laion2b_augreg_ft_in12k
      convnext_base.clip_laion2b_augreg_ft_in12k_in1k convnext_base.clip_laion2b_augreg_ft_in1k
      convnext_base.clip_laiona convnext_large_mlp.clip_laion2b_augreg
      convnext_large_mlp.clip_laion2b_augreg_ft_in1k convnext_xxlarge convnext_xxlarge.clip_laion2b_rewind
      convnext_xxlarge.clip_laion2b_soup convnext_xxlarge.clip_laion2b_soup_ft_in12k
      convnext_xxlarge.clip_laion2b_soup_ft_in1k vit_base_patch32_clip_256 vit_base_patch32_clip_256.datacompxl
    384 1.0 bicubic squash imagenet
      convnext_base.fb_in22k_ft_in1k_384 convnext_large.fb_in22k_ft_in1k_384 convnext_small.fb_in22k_ft_in1k_384
      convnext_small.in12k_ft_in1k_384 convnext_tiny.fb_in22k_ft_in1k_384 convnext_tiny.in12k_ft_in1k_384
      convnext_xlarge.fb_in22k_ft_in1k_384 convnextv2_base.fcmae_ft_in22k_in1k_384 convnextv2_huge
      convnextv2_huge.fcmae_ft_in22k_in1k_384 convnextv2_large.fcmae_ft_in22k_in1k_384
      convnextv2_nano.fcmae_ft_in22k_in1k_384 convnextv2_tiny.fcmae_ft_in22k_in1k_384
    384 1.0 bicubic squash half
      tf_efficientnetv2_l tf_efficientnetv2_l.in1k tf_efficientnetv2_l.in21k tf_efficientnetv2_l.in21k_ft_in1k
      tf_efficientnetv2_m tf_efficientnetv2_m.in1k tf_efficientnetv2_m.in21k tf_efficientnetv2_m.in21k_ft_in1k
      tf_efficientnetv2_xl tf_efficientnetv2_xl.in21k tf_efficientnetv2_xl.in21k_ft_in1k
    288 1.0 bicubic center imagenet
      efficientnet_b3_g8_gn efficientnet_b3_g8_gn.untrained efficientnet_b3_gn efficientnet_b3_gn.untrained
      efficientnetv2_rw_s efficientnetv2_rw_s.ra2_in1k efficientnetv2_s efficientnetv2_s.untrained resnetrs350
      resnetrs350.tf_in1k
    240 0.882 bicubic center imagenet
      efficientnet_cc_b1_8e efficientnet_cc_b1_8e.untrained efficientnet_em efficientnet_em.ra2_in1k
      efficientnet_lite1 efficientnet_lite1.untrained tf_efficientnet_b1 tf_efficientnet_b1.aa_in1k
      tf_efficientnet_b1.in1k tf_efficientnet_b1.ns_jft_in1k
    300 0.904 bicubic center imagenet
      efficientnet_el efficientnet_el.ra_in1k efficientnet_el_pruned efficientnet_el_pruned.in1k efficientnet_lite3
      efficientnet_lite3.untrained tf_efficientnet_b3 tf_efficientnet_b3.aa_in1k tf_efficientnet_b3.in1k
      tf_efficientnet_b3.ns_jft_in1k
    224 0.95 bicubic center half
      mobilenetv3_large_100.ra4_e3600_r224_in1k resnet50d.ra4_e3600_r224_in1k resnetv2_101 resnetv2_101.a1h_in1k
      resnetv2_50 resnetv2_50.a1h_in1k resnetv2_50d_evos resnetv2_50d_evos.ah_in1k resnetv2_50d_gn
      resnetv2_50d_gn.ah_in1k
    384 1.0 bicubic squash clip
      convnext_base.clip_laion2b_augreg_ft_in12k_in1k_384 convnext_large_mlp.clip_laion2b_augreg_ft_in12k_384
      convnext_large_mlp.clip_laion2b_augreg_ft_in1k_384 convnext_large_mlp.clip_laion2b_soup_ft_in12k_384
      convnext_large_mlp.clip_laion2b_soup_ft_in12k_in1k_384 vit_base_patch16_clip_384
      vit_base_patch16_clip_384.laion2b_ft_in12k_in1k vit_base_patch16_clip_384.laion2b_ft_in1k
      vit_base_patch16_clip_384.openai_ft_in1k
    240 0.882 bicubic center half
      efficientnet_b1_pruned efficientnet_b1_pruned.in1k tf_efficientnet_b1.ap_in1k tf_efficientnet_cc_b1_8e
      tf_efficientnet_cc_b1_8e.in1k tf_efficientnet_em tf_efficientnet_em.in1k tf_efficientnet_lite1
      tf_efficientnet_lite1.in1k
    160 0.95 bicubic center imagenet
      resnet101.a3_in1k resnet152.a3_in1k resnet18.a3_in1k resnet34.a3_in1k resnet50.a3_in1k resnet50d.a3_in1k
      resnext50_32x4d.a3_in1k seresnet50.a3_in1k
    256 0.95 bicubic center imagenet
      resnet101d resnet101d.ra2_in1k resnet152d resnet152d.ra2_in1k resnet200d resnet200d.ra2_in1k seresnet152d
      seresnet152d.ra2_in1k
    256 1.0 bicubic center imagenet
      resnetrs152 resnetrs152.tf_in1k resnetrs200 resnetrs200.tf_in1k resnetrs270 resnetrs270.tf_in1k
      swinv2_cr_small_ns_256 swinv2_cr_small_ns_256.untrained
    448 1.0 bilinear center half
      resnetv2_101x1_bit resnetv2_101x1_bit.goog_in21k_ft_in1k resnetv2_101x3_bit
      resnetv2_101x3_bit.goog_in21k_ft_in1k resnetv2_152x2_bit.goog_in21k_ft_in1k
      resnetv2_50x1_bit.goog_in21k_ft_in1k resnetv2_50x3_bit resnetv2_50x3_bit.goog_in21k_ft_in1k
    320 1.0 bicubic center clip
      convnext_base.clip_laiona_320 convnext_base.clip_laiona_augreg_320 convnext_large_mlp
      convnext_large_mlp.clip_laion2b_ft_320 convnext_large_mlp.clip_laion2b_ft_soup_320
      convnext_large_mlp.clip_laion2b_soup_ft_in12k_320 convnext_large_mlp.clip_laion2b_soup_ft_in12k_in1k_320
    224 1.0 bicubic center imagenet
      deit3_base_patch16_224.fb_in22k_ft_in1k deit3_huge_patch14_224.fb_in22k_ft_in1k
      deit3_large_patch16_224.fb_in22k_ft_in1k deit3_medium_patch16_224.fb_in22k_ft_in1k
      deit3_small_patch16_224.fb_in22k_ft_in1k efficientnetv2_rw_t efficientnetv2_rw_t.ra2_in1k
    176 0.875 bilinear center imagenet
      resnet101.tv2_in1k resnet152.tv2_in1k resnet50.tv2_in1k resnext101_32x8d.tv2_in1k resnext50_32x4d.tv2_in1k
      wide_resnet101_2.tv2_in1k wide_resnet50_2.tv2_in1k
    256 0.875 bicubic center imagenet
      efficientnet_b2 efficientnet_b2.ra_in1k seresnet200d seresnet200d.untrained seresnet269d
      seresnet269d.untrained
    448 1.0 bicubic squash imagenet
      efficientnet_b5 efficientnet_b5.sw_in12k_ft_in1k efficientnet_h_b5 efficientnet_h_b5.sw_r448_e450_in1k
      efficientnet_x_b5 efficientnet_x_b5.sw_r448_e450_in1k
    600 0.949 bicubic center imagenet
      efficientnet_b7 efficientnet_b7.untrained tf_efficientnet_b7 tf_efficientnet_b7.aa_in1k
      tf_efficientnet_b7.ns_jft_in1k tf_efficientnet_b7.ra_in1k
    260 0.89 bicubic center imagenet
      efficientnet_lite2 efficientnet_lite2.untrained tf_efficientnet_b2 tf_efficientnet_b2.aa_in1k
      tf_efficientnet_b2.in1k tf_efficientnet_b2.ns_jft_in1k
    380 0.922 bicubic center imagenet
      efficientnet_lite4 efficientnet_lite4.untrained tf_efficientnet_b4 tf_efficientnet_b4.aa_in1k
      tf_efficientnet_b4.in1k tf_efficientnet_b4.ns_jft_in1k
    320 1.0 bicubic center imagenet
      efficientnetv2_m efficientnetv2_m.untrained efficientnetv2_rw_m efficientnetv2_rw_m.agc_in1k resnetrs420
      resnetrs420.tf_in1k
    299 0.94 bicubic center half
      xception41p xception41p.ra3_in1k xception65 xception65.ra3_in1k xception65p xception65p.ra3_in1k
    260 0.89 bicubic center half
      efficientnet_b2_pruned efficientnet_b2_pruned.in1k tf_efficientnet_b2.ap_in1k tf_efficientnet_lite2
      tf_efficientnet_lite2.in1k
    300 0.904 bicubic center half
      efficientnet_b3_pruned efficientnet_b3_pruned.in1k tf_efficientnet_b3.ap_in1k tf_efficientnet_el
      tf_efficientnet_el.in1k
    528 0.942 bicubic center imagenet
      efficientnet_b6 efficientnet_b6.untrained tf_efficientnet_b6 tf_efficientnet_b6.aa_in1k
      tf_efficientnet_b6.ns_jft_in1k
    224 0.875 bilinear center unit
      mobilenetv3_large_100.miil_in21k mobilenetv3_large_100.miil_in21k_ft_in1k vit_base_patch16_224_miil
      vit_base_patch16_224_miil.in21k vit_base_patch16_224_miil.in21k_ft_in1k
    456 0.934 bicubic center imagenet
      tf_efficientnet_b5 tf_efficientnet_b5.aa_in1k tf_efficientnet_b5.in1k tf_efficientnet_b5.ns_jft_in1k
      tf_efficientnet_b5.ra_in1k
    224 1.0 bicubic center half
      vit_large_patch14_clip_224 vit_large_patch14_clip_224.laion2b vit_large_patch14_clip_224.laion2b_ft_in12k
      vit_large_patch14_clip_224.laion2b_ft_in12k_in1k vit_large_patch14_clip_224.laion2b_ft_in1k
    299 0.903 bicubic center half
      xception41 xception41.tf_in1k xception65.tf_in1k xception71 xception71.tf_in1k
    288 0.95 bicubic center imagenet
      efficientnet_x_b3 efficientnet_x_b3.untrained seresnextaa101d_32x8d seresnextaa101d_32x8d.sw_in12k_ft_in1k_288
    299 0.875 bicubic center half
      inception_v3 inception_v3.tf_adv_in1k inception_v3.tf_in1k inception_v3.tv_in1k
    176 0.875 bicubic center imagenet
      resnet10t resnet10t.c3_in1k resnet14t resnet14t.c3_in1k
    192 0.9 bicubic center imagenet
      swinv2_base_window12_192 swinv2_base_window12_192.ms_in22k swinv2_large_window12_192
      swinv2_large_window12_192.ms_in22k
    300 1.0 bicubic center half
      tf_efficientnetv2_s tf_efficientnetv2_s.in1k tf_efficientnetv2_s.in21k tf_efficientnetv2_s.in21k_ft_in1k
    256 0.95 bicubic center half
      vit_base_patch16_rope_reg1_gap_256 vit_base_patch16_rope_reg1_gap_256.sbb_in1k vit_base_patch32_plus_256
      vit_base_patch32_plus_256.untrained
    384 1.0 bicubic center clip
      convnext_base.clip_laiona_augreg_ft_in1k_384 vit_base_patch32_clip_384
      vit_base_patch32_clip_384.laion2b_ft_in12k_in1k
    672 0.954 bicubic center imagenet
      efficientnet_b8 efficientnet_b8.untrained tf_efficientnet_b8.ra_in1k
    224 0.95 bicubic center clip
      vit_base_patch16_clip_224 vit_base_patch16_clip_224.laion2b_ft_in12k_in1k
      vit_base_patch16_clip_224.openai_ft_in12k_in1k
    336 1.0 bicubic squash half
      vit_large_patch14_clip_336 vit_large_patch14_clip_336.laion2b_ft_in12k_in1k
      vit_large_patch14_clip_336.laion2b_ft_in1k
    336 1.0 bicubic center clip
      vit_large_patch14_clip_336.openai vit_large_patch14_clip_quickgelu_336
      vit_large_patch14_clip_quickgelu_336.openai
    240 0.9 bicubic center half
      efficientnet_b1 efficientnet_b1.ra4_e3600_r240_in1k
    288 0.875 bicubic center imagenet
      efficientnet_b3 efficientnet_b3.ra2_in1k
    320 0.875 bicubic center imagenet
      efficientnet_b4 efficientnet_b4.ra2_in1k
    800 0.961 bicubic center imagenet
      efficientnet_l2 efficientnet_l2.untrained
    299 0.8975 bicubic center half
      legacy_xception legacy_xception.tf_in1k
    256 0.95 bilinear center half
      mobilenetv3_large_150d mobilenetv3_large_150d.ra4_e3600_r256_in1k
    256 0.94 bicubic center imagenet
      resnet26t resnet26t.ra2_in1k
    224 0.94 bicubic center imagenet
      resnet50_gn resnet50_gn.a1h_in1k
    384 0.9 bicubic center clip
      resnet50x16_clip resnet50x16_clip.openai
    288 0.9 bicubic center clip
      resnet50x4_clip resnet50x4_clip.openai
    448 0.9 bicubic center clip
      resnet50x64_clip resnet50x64_clip.openai
    256 0.875 bilinear center imagenet
      resnet51q resnet51q.ra2_in1k
    192 0.94 bicubic center imagenet
      resnetrs101 resnetrs101.tf_in1k
    160 0.91 bicubic center imagenet
      resnetrs50 resnetrs50.tf_in1k
    480 1.0 bilinear center half
      resnetv2_152x4_bit resnetv2_152x4_bit.goog_in21k_ft_in1k
    672 0.954 bicubic center half
      tf_efficientnet_b8 tf_efficientnet_b8.ap_in1k
    475 0.936 bicubic center imagenet
      tf_efficientnet_l2 tf_efficientnet_l2.ns_jft_in1k_475
    300 0.904 bilinear center half
      tf_efficientnet_lite3 tf_efficientnet_lite3.in1k
    380 0.92 bilinear center half
      tf_efficientnet_lite4 tf_efficientnet_lite4.in1k
    192 0.875 bicubic center imagenet
      tf_efficientnetv2_b0 tf_efficientnetv2_b0.in1k
    192 0.882 bicubic center imagenet
      tf_efficientnetv2_b1 tf_efficientnetv2_b1.in1k
    208 0.89 bicubic center imagenet
      tf_efficientnetv2_b2 tf_efficientnetv2_b2.in1k
    240 0.9 bicubic squash half
      tf_efficientnetv2_b3 tf_efficientnetv2_b3.in21k_ft_in1k
    384 0.95 bicubic squash clip
      vit_base_patch16_clip_384.openai_ft_in12k_in1k vit_base_patch32_clip_384.openai_ft_in12k_in1k
    240 0.95 bicubic center half
      vit_base_patch16_plus_240 vit_base_patch16_plus_240.untrained
    240 1.0 bicubic center clip
      vit_base_patch16_plus_clip_240 vit_base_patch16_plus_clip_240.laion400m_e32
    256 0.9 bicubic center half
      vit_base_patch16_reg4_gap_256 vit_base_patch16_reg4_gap_256.untrained
    448 1.0 bicubic center clip
      vit_base_patch32_clip_448 vit_base_patch32_clip_448.laion2b_ft_in12k_in1k
    512 1.0 bicubic squash imagenet
      convnextv2_huge.fcmae_ft_in22k_in1k_512
    416 0.95 bicubic center imagenet
      efficientnet_b5.sw_in12k
    299 0.875 bicubic center imagenet
      inception_v3.gluon_in1k
    176 0.9 bicubic center imagenet
      resnet50.a1h_in1k
    320 0.95 bicubic center imagenet
      seresnextaa201d_32x8d.sw_in12k
    380 0.922 bicubic center half
      tf_efficientnet_b4.ap_in1k
    456 0.934 bicubic center half
      tf_efficientnet_b5.ap_in1k
    528 0.942 bicubic center half
      tf_efficientnet_b6.ap_in1k
    600 0.949 bicubic center half
      tf_efficientnet_b7.ap_in1k
    800 0.96 bicubic center imagenet
      tf_efficientnet_l2.ns_jft_in1k
    240 0.904 bicubic center imagenet
      tf_efficientnetv2_b3.in1k
    240 0.904 bicubic center half
      tf_efficientnetv2_b3.in21k
    336 1.0 bicubic squash clip
      vit_large_patch14_clip_336.openai_ft_in12k_in1k
    """
}
