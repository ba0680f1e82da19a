// Made by Tests/Golden/make_webp_goldens.py; do not edit.
import Images

extension WebPGolden {
  static let all: [WebPGolden] = [
    WebPGolden(
      name: "lossy", size: ImageSize(width: 37, height: 22),
      checksum: 0x5b4c_a0ec_d4e0_1b48,
      base64: "UklGRnYBAABXRUJQVlA4IGoBAAAQCQCdASolABYAPm0qj0YkIiEhMBqqqIANiWwAnTLLsDe3cMW7PVVoMDJO/2I9EkmYN1L+lZha"
        + "eFQrAf/opxfGgwFfpxNFQRTbeTrycuUrkEAA/v0E8fCjkxEQqnANe4xCBa5DnbX2KjeFy19CiQdlPPyD0wXz2xHYlJ7mxuIw5gpK"
        + "f7dRd2kPcN4C194IrHsIrJPPUI4Vl8qjXtknv/NWZ3GRiV7rkNmaTi7/1f6ciVHZJTzEYRloxTFoXA4LAANQzB972SNkgO1Z9Z+U"
        + "FE/9mkeA7T/++DZFD8lquLG+dvlLIn2Nm7EmlMViZaTX//29OLyd9/XlbofzN67/+SCz7//IVOdqUrPgPw8A6tNTfR8ThLGli4FS"
        + "S9Y5fstXU2gMp5N67U55qFXBHldysIxIxmH30NOP82B4/8Ig+jtspwfz38e5/fNZd/fZ+RmSF1hhJ5+1/5fWYBV83/k4snhVkQ75"
        + "i51WgAAAAA=="),
    WebPGolden(
      name: "lossless", size: ImageSize(width: 37, height: 22),
      checksum: 0x346c_a429_dbfd_3395,
      base64: "UklGRsAAAABXRUJQVlA4TLMAAAAvJEAFALkyRPQ/FgTZNs0I7s97iNGP/kdVB+DgoG0kSTKwwzEgG+T9013NwEDatrFs/x3cbSRJ"
        + "ipyOPOY7kZm0jw9GbttGYtTOfppfPJ5zTR1nM09wzaHAYj66Vto2+haGclOxsdRcaBUJwP4vjxjgbLY0crD2F1nkYAe2iA9lBdYo"
        + "6XEo1mhZgCGaCDswxT+83UaX/R9a9j5K8EOCkgXdHEHBBySI6dEhZ74/2Nym4QSuAAA="),
    WebPGolden(
      name: "lossyAlpha", size: ImageSize(width: 37, height: 22),
      checksum: 0xe072_acad_3c1e_40f7,
      base64: "UklGRqQBAABXRUJQVlA4WAoAAAAQAAAAJAAAFQAAQUxQSBoAAAABuQpE9D9ApG1ztvkXPQMnEROQixJKKM0PAFZQOCBkAQAAMAkA"
        + "nQEqJQAWAD5tKI9FpCIhGA1WqEAGxLYATpll2ffbuGMcN6BbVoMDJPP139EkmXt1L+lZhaecJFh9mK1tOX3F4NLbeOScqUS33elM"
        + "aUVt4AD+/QTx8KOTESmJZuxa8iXM4axHy0FRvPj6Eq7KefkRif/rsjUxKTzK/0OoQUldn2LgBHoXKCfDrtlLBqmAFYgZpCZJEtdI"
        + "Be/81ZncZGJXuuNnZiqmv/V/pzBkh9LL0zBXwdPS1kKLzqiFffmLgyQP0h/PJC6+YVpJ/90OC2u7//CDxIUmqpHmcGD/wVPGbJgi"
        + "UfqE96sNcu//6/tayd9/XfzoADo8/+NLL3//Iaf5kK1YIvksB1U7XSx8TdJu/McLi/aDRbbwVy1xrQ3HCMuahpsTZXX8uzWZsE79"
        + "DYCo+KdrN/oiD6O2ynB/Pfx7n981l399n5GZIXWGIQ+99/y+swSh13/JxZeuKMz09j+sAAA="),
    WebPGolden(
      name: "losslessAlpha", size: ImageSize(width: 37, height: 22),
      checksum: 0x2c64_c542_5ff2_3d7a,
      base64: "UklGRtAAAABXRUJQVlA4TMMAAAAvJEAFELkyRPQ/FgTZNs0I7s97iNGP/kdVB+DgoG0kSTKwwzEgG+T9013NQCyY4j0Z5DaSJEVO"
        + "Rx7znchM2seTSdvi7OoYuG3bSFZ3e/MXj026UkmS5NKd8RmegCsHBVjkQ+eK1g29CwZzJmNGU2ZDVpIAYPdPLjEATk2VSg5Y9YNM"
        + "csAOYAuxg7ICWEOJHhwU1tBiATBII4IdwCR/4XQrnez/0GLXSwn4gQRKLKDLESjwAUggRg86yDG7D2ymaXACuAQA"),
    WebPGolden(
      name: "orientation6", size: ImageSize(width: 22, height: 37),
      checksum: 0xc426_db73_9793_21d2,
      base64: "UklGRqoBAABXRUJQVlA4WAoAAAAIAAAAJAAAFQAAVlA4IGoBAAAQCQCdASolABYAPm0qj0YkIiEhMBqqqIANiWwAnTLLsDe3cMW7"
        + "PVVoMDJO/2I9EkmYN1L+lZhaeFQrAf/opxfGgwFfpxNFQRTbeTrycuUrkEAA/v0E8fCjkxEQqnANe4xCBa5DnbX2KjeFy19CiQdl"
        + "PPyD0wXz2xHYlJ7mxuIw5gpKf7dRd2kPcN4C194IrHsIrJPPUI4Vl8qjXtknv/NWZ3GRiV7rkNmaTi7/1f6ciVHZJTzEYRloxTFo"
        + "XA4LAANQzB972SNkgO1Z9Z+UFE/9mkeA7T/++DZFD8lquLG+dvlLIn2Nm7EmlMViZaTX//29OLyd9/XlbofzN67/+SCz7//IVOdq"
        + "UrPgPw8A6tNTfR8ThLGli4FSS9Y5fstXU2gMp5N67U55qFXBHldysIxIxmH30NOP82B4/8Ig+jtspwfz38e5/fNZd/fZ+RmSF1hh"
        + "J5+1/5fWYBV83/k4snhVkQ75i51WgAAAAEVYSUYaAAAATU0AKgAAAAgAAQESAAMAAAABAAYAAAAAAAA="),
    WebPGolden(
      name: "orientation2", size: ImageSize(width: 37, height: 22),
      checksum: 0xf45c_e879_ae2d_3a16,
      base64: "UklGRgQBAABXRUJQVlA4WAoAAAAYAAAAJAAAFQAAVlA4TMMAAAAvJEAFELkyRPQ/FgTZNs0I7s97iNGP/kdVB+DgoG0kSTKwwzEg"
        + "G+T9013NQCyY4j0Z5DaSJEVORx7znchM2seTSdvi7OoYuG3bSFZ3e/MXj026UkmS5NKd8RmegCsHBVjkQ+eK1g29CwZzJmNGU2ZD"
        + "VpIAYPdPLjEATk2VSg5Y9YNMcsAOYAuxg7ICWEOJHhwU1tBiATBII4IdwCR/4XQrnez/0GLXSwn4gQRKLKDLESjwAUggRg86yDG7"
        + "D2ymaXACuAQARVhJRhoAAABNTQAqAAAACAABARIAAwAAAAEAAgAAAAAAAA=="),
    WebPGolden(
      name: "animation", size: ImageSize(width: 37, height: 22),
      checksum: 0x2c64_c542_5ff2_3d7a,
      base64: "UklGRiAHAABXRUJQVlA4WAoAAAASAAAAJAAAFQAAQU5JTQYAAAAAAAAAAABBTk1GXAIAAAAAAAAAACQAABUAAGQAAAJWUDhMQwIA"
        + "AC8kQAUQDXUhov8BCZEkiVaUwpAxKkdkAXfv71scIGjbNlckoyzFUToXiZFtm7a1trGw+WyGZPMrPtvIikzaFndXxshtG0c8TN2i"
        + "d3iwr/8LAAAAAACA3REAADgAAAA8Ml4bPKhMZStX+SpUsUpVbu51u2MoqKOgoKCgoKCgoKC8NRygzb1pdwJ9NDQ0NDQ0NDQ0NLSX"
        + "hk8YhWHMvW13egwMDAwMDAwMDAwMzM8Nh6GworDm3rU7g4WFhYWFhYWFhYU91rHhA07lCisKB/e59+3O4eDg4ODg4ODg4I6Dc2o4"
        + "DHhFFVcS3tyHdhfw8PDw8PDw8PDHw8M7NBw3xZVUJYK5j+0uERAQEBAQEBBOQEBA8NnwpmpEc5/aXSEiIiIiIiL++aXa6dHwqlok"
        + "c5/bXSMhISEhIZ2EpDYiISF5NjyQnVSPbO5LuxtkZGRktRoZGRkZGRnZ/wbyn8NRjUBzX9vdqqVAIPAgEAgEAoFAIBAI/I2aQea+"
        + "tbsDgUCHQCAQCAQCgUAg0K/UQrC57+3uweDDYDAYDAaDwWAw+HdqMcTcj3YPkCMQCAQCgUAgEIg6zIPKVDaKC7UUxdzPdo+noKCg"
        + "oKCgoKi9KCgovxqoarFaqpajmvvV7gkVFRUVVe30/7k67P/mZqjlaqVabe53u2doaGorGhoaGhqav6Cb+9PuOTo6Ojo6Ojo6+v+g"
        + "1mKY+9vuBQYGBgYGhjqIcQ8qE9O1Wo9p7l+7l5iYmJiYmJj/N9yrjVgw97/dKyxgAQtqPxbUYQBBTk1GVgIAAAAAAAAAACQAABUA"
        + "AGQAAAJWUDhMPQIAAC8kQAUQDXUhov8BCY0kSZJkwBZGogyQsXfX9R0DBG3b5opklKU4SuciMbJt07bWWtv2sxWSbWVov+8fE5m0"
        + "Le6uDG3btmHabkF1hwf7+UcAAAAAAAAAAADggGzTseHY40GN1XhN1GRN1XTN1GwgEAg8aO6+bAsIBAKBlgYQ6NBwAIFAoEMgcw9l"
        + "2yAQCGRtgED2hh1Mc8HAwA4DAzP3WLYDBgYGZm2AgVkb2kaHp7maDw5+ODg4uLmnsl3fXptuaYCDg/si4N8gNFtzNV8LtRgCAgIC"
        + "wtxz2Z5vD3EEBAQEBASEpWF/FkhISEhISHMvZfuQkJCQR0JCQkL6F/I1XLQUCgoKCgrK3GvZARQU1FFQUFBQ1g7Ub1oODQ0NDQ1t"
        + "7q3sEBr6aGhoaGhrBvpXrYSBgdFGGBhz72VHMMfAwMDAwMDAwMDAwPyu1bCwsLCwsOY+yo6PhYWFtTa09bC/wWmlVmstHBwcHByc"
        + "uc+yE+sHbSUcHBzcH57Waj08PDw8PPznvspO4eG1xfDWhidtREBAQEA4wdx32RkCAgKCpeFNm4iIiIh4IqK5H2XniIiIiL6GR20y"
        + "EhLSSUhI5n6WXSAhISEhISH9VZuKjHyyNhcZ2dyvsktkZGRkZG2jZ206yttsFBQUFHO/y65QUFC09f5Dm4mKioqKimruT9m1thoV"
        + "FfWPaNpUbbo2U5uNhoaGhoZm7m/ZDZq2Hu2vz6fNRUdHR0dHN/ev7BYd/RuGJ20+BgYGhrYSw9z/sjuMAwBBTk1GMgIAAAAAAAAA"
        + "ACQAABUAAGQAAAJWUDhMGgIAAC8kQAUQDXUhov8BB20kOZKBPYxBOSD70m9igKBt21yRjLIUR+lcYEe2bdpae61t89kKyfaL0vb7"
        + "f8mQSdvi7srQtm0bJu0WQHd4sN//BwAAAAAAAAAAAP+7620aGqY9HpSoxEuiJEuqpEumZIOBgYEdBgYGBqbupt4WmEkDDMxfwwQI"
        + "BAIPAoFAIFDdbb1tk4Y35GsYQZILAoEOgUAgqQWB1N3V2zE0QCCQLwX65IODSyH44eDg4ODg4ODq7uvtgvsaxgz4BwjJllzJl0Ip"
        + "hoCAgICAgICAUPdQbw/iCAiTCsTH7w8SEhISEhISEhJS3WO9/SPNIpBfSCkUFBQUFBQUFBSUuqd6B4aAtBoKCuorKYeGhoaGhoaG"
        + "hoZ+3XO9Q2hpobFhKZUwMDAwMDAwMDDHqHupd2TSsJZqWFhYWFhYWNhjYdW91js2NmxILRwcHBwcHNxxcHDq3uqdGBp2pB4eHh4e"
        + "Hv5pNjw8vLr3eqf+GzwoUQRraURAQJCmI5yAgICAoO6j3pnvjvD320CUJiMiIp6IiIiIiKjus945orQWEfF70kRpMhIS0klISEhI"
        + "SEjqvupdICEhfVeaiox8MjIyMjIyMrK673qXyNJG29J0aSYKCgoKCgoKirRa3U+9KyeoqKioqKjSclRUVHW/9a5/IM1GQ0OTFqOh"
        + "oaGhoan760SaK81HR0dHR0dHR0f/GQYGBgYGBgYGxgE="),
  ]
}
