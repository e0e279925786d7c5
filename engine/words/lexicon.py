"""How words of a shop's day are meant: our own list, Indonesian and English, from no other list and no collection.

A word's weight says how strongly it speaks for (above nought) or against: 1 weak, 2 plain, 3 strong. Words stand as
spelling.py leaves them; ``_`` joins the words of a phrase, of which the longest that fits counts.
"""

from __future__ import annotations

SAYS = {
    3.0: """
        salut bangga_banget ngangenin kangen sip_banget the_best number_one nomor_satu nomor_1 top_banget
        tidak_ada_duanya tidak_ada_tanding tidak_terlupakan memukau mempesona memesona sangat_rekomendasi
        wajib_coba wajib_beli must_try must_buy must_have heavenly superior magnificent marvellous marvelous
        phenomenal exquisite terrific istimewa luar_biasa sempurna juara jempolan memuaskan terbaik terenak
        tercinta sangat_puas ketagihan nagih bikin_nagih jatuh_cinta terfavorit kagum terkagum menakjubkan
        fantastis spektakuler top_markotop endes endeus tidak_pernah_kecewa tidak_pernah_mengecewakan
        tidak_mengecewakan tidak_kecewa tidak_menyesal tidak_nyesel tidak_rugi repeat_order bakal_beli_lagi
        pasti_beli_lagi beli_lagi_di_sini bintang_5 bintang_lima nilai_10 no_debat terima_kasih_banyak
        sangat_membantu lebih_dari_ekspektasi melebihi_ekspektasi di_luar_ekspektasi excellent amazing awesome
        perfect perfectly outstanding superb wonderful fantastic brilliant incredible delicious love loved loves
        adore best favourite favorite flawless exceptional impressed impressive five_stars highly_rekomendasi
        exceeded_my_expectations beyond_expectations top_notch second_to_none well_worth worth_it worth_every
        worth_the_money never_disappointed never_disappoints no_regrets would_buy_again will_buy_again buy_again
        order_again will_order_again come_back_again can_not_fault made_my_day
    """,
    2.0: """
        seenak_ini sebagus_ini secepat_ini semurah_ini sebaik_ini serapi_ini baru_kali_ini_nemu terbayar sepadan
        enteng kinclong kilat ngebut sampai_cepat konsisten otentik autentik tradisional romantis instagramable
        instagrammable estetik aesthetic modern terawat terjaga rindang terang akrab perhatian peduli pengertian
        dermawan ikhlas hormat beres tuntas selesai_tepat solusi menolong ditolong pulih hilang_jerawatnya
        mulusan kenceng kencang wuenak enakan enak_tenan bikin_happy bikin_senang membahagiakan menghibur
        terhibur lucu_banget ngakak menginspirasi inspiratif mendidik edukatif berkesan teringat worthed worthit
        top josh cucok cucokmeong kece kece_badai hits keren_habis hebat jago pro ahli lihai mahir berpengalaman
        handal andal kompeten terampil cerdas prestasi menang meraih sukses_berat berhasil keberhasilan kemajuan
        meningkat peningkatan optimis dukung apresiasi mengapresiasi penghargaan terhormat mulia tulus romantic
        welcoming attentive courteous skilled professional knowledgeable speedy swift hygienic spotless juicy
        tender creamy flavourful flavorful rich aromatic fragrant authentic relaxing peaceful spacious
        value_for_money pleasant pleasure pleasantly blessed bless fun relieved healthy refreshing charming
        classy crisp vibrant saved_me solved fixed bagus baik enak lezat sedap nikmat mantap keren cantik indah
        cakep ganteng manis_banget apik sip oke_banget puas senang suka gembira bahagia bangga terharu terkesan
        terpesona kepincut demen doyan lahap ludes ramah sopan sabar santun amanah jujur terpercaya tepercaya
        dipercaya trusted profesional telaten teliti cekatan sigap tanggap gerak_cepat responsif respon_cepat
        respons_cepat cepat_tanggap cepat_sampai cepat_banget tepat_waktu aman_sampai sampai_dengan_selamat
        sampai_dengan_aman sampai_selamat utuh mulus rapi bersih wangi harum segar gurih renyah empuk kenyal
        lembut halus adem nyaman sejuk hangat_pas nampol kokoh kuat awet tahan_lama berkualitas kualitas_oke
        bermutu premium mewah elegan modis lucu gemes imut unik kreatif murah terjangkau hemat bersahabat untung
        beruntung bermanfaat berguna membantu terbantu manjur ampuh mujarab berkhasiat mempan sembuh glowing
        cerah lembap cocok pas_di_badan pas_banget sesuai sesuai_foto sesuai_pesanan sesuai_gambar
        sesuai_deskripsi sesuai_harapan sesuai_ekspektasi asli dijamin rekomendasi direkomendasikan
        merekomendasikan langganan_di_sini langganan_di_sana pelanggan_setia pesan_lagi order_lagi beli_lagi
        balik_lagi ke_sini_lagi datang_lagi jadi_langganan sudah_langganan nambah_lagi nambah_terus alhamdulillah
        sukses sukses_terus sukses_selalu laris laris_manis lancar semangat maju_terus berkah barokah favorit
        idola andalan juwara jos joss gandos nendang maknyus mak_nyus nyus raos sae alus jempol bonus
        gratis_ongkir dapat_bonus dikasih_bonus puas_banget memanjakan menyenangkan menarik menggoda menggiurkan
        mengesankan menawan menyegarkan mengenyangkan kenyang syahdu asri strategis luas lengkap komplit
        terlengkap bening jernih tajam asli_banget tidak_bau tidak_amis tidak_luntur tidak_panas tidak_gatal
        tidak_lengket tidak_ribet tidak_pelit tidak_mahal tidak_eneg tidak_nerawang tidak_bohong tidak_tipu
        tidak_lecet tanpa_cacat tanpa_lecet tidak_cacat tidak_ada_masalah tidak_ada_keluhan tidak_salah_pilih
        tidak_berubah_rasanya ternyata_bagus ternyata_enak untung_ada worth rekomendasi_seller seller_rekomendasi
        good nice great lovely beautiful pretty cute cool happy glad pleased satisfied satisfying delighted enjoy
        enjoyed enjoyable tasty yummy fresh crispy crunchy moist soft comfortable comfy cozy neat clean tidy
        friendly polite kind helpful patient honest reliable trustworthy responsive quick fast prompt on_time
        early_arrival well_packed well_made well_packaged sturdy durable solid affordable cheap_price bargain
        appreciate appreciated grateful thankful thumbs_up well_done good_job keep_it_up works_well works_great
        works_fine fits_well fits_perfectly fits_nicely as_described as_pictured like_the_picture exactly_like
        no_problem no_issues no_complaints on_point spot_on high_quality good_quality great_quality smooth warm
        generous cheerful lifesaver stylish elegant gorgeous stunning adorable
    """,
    1.0: """
        tidak_menyangka tidak_nyangka tidak_masalah tidak_apa tidak_sulit tidak_susah tidak_lama no_worries
        terbukti tertarik penasaran seimbang wajar masuk_akal rajin teratur sederhana santai leluasa lega muat
        ekonomis irit terima_kasih lumayan cukup_bagus cukup_enak cukup_puas cukup oke_juga boleh_juga boleh_lah
        cepat pas aman tebal ringan tenang ringkas praktis mudah gampang simpel jelas bagus_juga setia untungnya
        syukur syukurlah hore asyik asik seru mendukung sehat bergizi higienis halal manis legit harumnya
        pelan_tapi_pasti stabil normal hidup_lagi nyala_lagi normal_lagi sudah_bagus sudah_sampai sudah_diterima
        diterima_dengan_baik diterima_dengan_selamat masih_hangat masih_segar masih_bagus bisa_dipakai berfungsi
        pinter pintar bijak diganti_baru dikirim_lagi langsung_dibalas langsung_dikirim langsung_sampai
        langsung_diganti hepi haha membaik tambah_bagus makin_bagus makin_enak tetap_enak banyak_pilihan
        porsi_banyak porsinya_banyak harga_pas fine decent not_bad tidak_buruk tidak_jelek easy simple convenient
        useful safe safely secure arrived_safely cheers hooray yay wow fair lucky improved better works fits
        bright light sweet
    """,
    0.0: """
        yang_kecil yang_lama yang_lebih_murah yang_murah yang_bagus_yang_mana yang_bagus_mana bagus_mana
        alamat_lama alamat_yang_lama nomor_lama berapa_lama ukuran_kecil size_kecil lebih_murah air_panas
        air_dingin es_dingin minuman_dingin minum_dingin bahan_tipis_atau kulit_kering kulit_sensitif tidak_usah
        tidak_perlu tidak_pakai tidak_jadi tidak_pedas kurang_lebih terima_kasih_sebelumnya small_size the_small
        how_long as_long how_small dry_skin cold_drink cold_brew hot_drink free_of_charge
    """,
    -1.0: """
        mengantuk bosan membosankan monoton ragu khawatir takut cemas galau bolak_balik berulang_kali
        berkali_kali dipingpong ditunda tertunda molor mundur antri antre mengantri macet_total ngantri
        penuh_sesak sesak sumpek pengap tiny bit_small lacking lacks limited crowded queue boring bored doubt
        worried worry afraid tired nope hardly barely overcooked greasy oily watery stiff itchy heavy dull rough
        smaller thinner worse half_empty lama lambat mahal tipis kecil sempit kekecilan kebesaran kepanjangan
        kependekan kegedean longgar panas keras kering alot hambar tawar encer kasar kusam pudar kotor berdebu
        bising berisik ribet susah sulit repot bingung sayang sayangnya biasa_saja biasa-biasa standar seadanya
        pelit telat terlambat lupa kelupaan ketinggalan terlewat tertukar ketuker dicuekin malas capek lelah
        pusing gerah sepi menunggu_lama nunggu_lama antri_lama lama_banget lama_sekali terlalu_lama makin_mahal
        naik_terus tambah_mahal kemahalan keasinan kemanisan kepedasan keasaman eneg enek mual penyet penyok
        lecet baret gores tergores miring bengkok kempes seret macet lag lambat_banget padahal malah kok masa
        bagaimana_sih aneh heran katanya janjinya ngakunya sepihak berkurang menurun menurunnya makin_kecil
        makin_sedikit makin_tipis tambah_kecil kurang_banyak kurang_lengkap kurang_satu kurang_1 kurang_2
        isinya_kurang tidak_lengkap tidak_rapi tidak_ada_kabar tidak_kabar tidak_ramah belum_sampai belum_datang
        belum_dibalas belum_dikirim belum_diterima belum_diproses belum_ada_kabar belum_terkirim belum_juga
        belum_masuk tidak_sampai tidak_datang tidak_dibalas tidak_dikirim tidak_direspon tidak_dijawab
        tidak_diangkat tidak_diproses tidak_masuk tidak_ada_balasan tidak_ada_respon tidak_respon tidak_balas
        tidak_bisa_dipakai tidak_bisa_dibuka tidak_bisa_dihubungi mana_pesanan mana_paket mana_barang
        mana_janjinya komplain keluhan keluhannya mengeluh protes minta_ganti minta_tukar minta_retur retur
        refund slow late delay delayed waiting still_waiting dry cold small tight loose thin hard expensive
        pricey noisy loud confusing complicated difficult issue issues problem problems complaint complain
        unfortunately wrong_size forgot forgotten missing unclear not_yet weird strange mediocre average meh
        okayish scratched dented stuck too_long so_long too_small too_big too_sweet too_salty too_expensive
        too_spicy too_thin too_hard too_much no_reply no_response no_answer no_update not_arrived not_working
        does_not_work did_not_work nobody_replied nobody_answers never_replied never_arrived did_not_arrive
        has_not_arrived have_not_received not_received do_not_reply did_not_reply not_what_i but_still
        stopped_working
    """,
    -2.0: """
        tidak_pernah_dibalas tidak_pernah_sampai tidak_pernah_datang tidak_pernah_dikirim kosong_terus
        habis_terus telat_terus never_reply tidak_bisa_dilacak tidak_bisa_diklaim bapuk_banget menurun_drastis
        menyusahkan merepotkan merugikan memalukan mengganggu terganggu keterlaluan semena_mena sewenang_wenang
        kebohongan kecurangan curang culas licik korupsi korup khianat pengkhianat hoaks hoax fitnah dusta
        omong_kosong omdo ingkar melanggar menolak ditolak bentak dibentak dimarahi dimarahin dibohongin diusir
        dihina menghina hina mengancam ancam kekerasan korban derita menderita sengsara celaka kecelakaan bencana
        musibah tragis miris prihatin kecemasan kerugian kerusakan gagal_total nihil percuma sia-sia mubazir
        buang_uang buang_waktu buang nyusahin ngeselin ngeselinnya nyebelin bikin_kesal bikin_emosi bikin_malas
        malas_banget ogah enggan eek tai taik jijay najis norak kampungan lebay alay tidak_banget ampas bobrok
        rongsok rongsokan bekas_pakai kedaluwarsanya ulat kecoak kecoa lalat belatung rambut_di semut tikus stole
        stolen cheat cheated cheating deceived blame cursed shame shameful embarrassing insult insulting bitter
        sour inedible disgusted nasty hostile neglected incompetent defect failure failed fail fails crash
        crashed crushed squashed dead killed pain painful hurt suffer suffered sick_of fed_up tore snapped crap
        crappy sucks suck poorly terribly badly unusable unwearable unsafe dangerous jelek buruk parah payah
        kecewa menyesal nyesel kapok jera rugi dirugikan kesal kesel jengkel sebal sebel marah emosi dongkol
        gondok geram muak ngamuk gedeg bete betek sedih nangis kasihan malu rusak pecah retak patah sobek robek
        bolong bocor tumpah lepas copot luntur kusut kotor_banget noda cacat mati mati_total error bermasalah
        gagal hancur remuk hilang lenyap layu busuk basi bau amis apek tengik jamuran berjamur kadaluarsa
        kedaluwarsa expired gosong mentah pahit_banget kecut lembek benyek melempem alergi gatal iritasi
        bruntusan jerawatan breakout diare sakit_perut mencret muntah keracunan berlubang mangap karatan berkarat
        kedip ngadat konslet korslet salah_kirim salah_barang salah_warna salah_ukuran salah_pesanan salah_alamat
        salah_terus keliru beda_jauh beda_sama berbeda_dengan beda_dengan jauh_beda tidak_sesuai tidak_sama
        tidak_cocok tidak_mirip tidak_asli tidak_bagus tidak_enak tidak_layak tidak_berfungsi tidak_nyala
        tidak_bisa_nyala tidak_jelas tidak_becus tidak_profesional tidak_sopan tidak_amanah tidak_jujur
        tidak_bertanggung tidak_tanggung_jawab tidak_ada_tanggung tidak_rekomendasi tidak_direkomendasikan
        tidak_worth tidak_puas tidak_suka tidak_lagi-lagi tidak_akan_beli tidak_mau_lagi tidak_akan_lagi
        jangan_beli jangan_belanja jangan_ke_sini jangan_percaya cukup_sekali sekali_saja_beli terakhir_kali
        terakhir_beli minta_refund uang_kembali kembalikan_uang balikin_uang minta_uang kembalikan tanggung_jawab
        pertanggungjawaban dibatalkan_sepihak dibatalkan dicuekin_terus jutek judes galak kasar_banget songong
        sombong cuek angkuh tidak_peduli lambat_sekali amburadul berantakan asal-asalan asal_jadi semrawut kacau
        ngaco ngawur murahan palsu tiruan zonk apes sial mengecewakan menyebalkan menjengkelkan menyedihkan
        memuakkan menjijikkan jorok jijik dekil kumuh gelap_banget hanya_memberi_harapan bohong pembohong
        dibohongi ngibul tipu dibiarkan diabaikan digantung ditelantarkan dipersulit kemahalan_banget overprice
        overpriced asem elek awon butut bapuk hadeh ampun_deh ya_ampun cepat_rusak gampang_rusak mudah_rusak
        gampang_sobek cepat_sobek cepat_habis_baterai cepat_luntur cepat_lepas kurang_ajar kurang_asem
        belum_juga_sampai belum_juga_datang sampai_sekarang_belum sudah_seminggu_belum bad poor broken damaged
        defective faulty torn ripped cracked leaking leaked spilled stained stale rotten spoiled mouldy moldy
        burnt undercooked raw bland tasteless soggy dirty smelly stinks rude unfriendly unhelpful unprofessional
        unresponsive careless ignored ignore disappointed disappointing disappoint regret upset angry annoyed
        annoying frustrated frustrating sad unhappy dissatisfied unsatisfied useless fake counterfeit
        cheap_material poor_quality bad_quality low_quality wrong wrong_item wrong_order wrong_colour wrong_color
        fell_apart came_apart falls_apart shrank faded broke died rash allergic sick money_back want_a_refund
        lost lied lies liar misleading waste waste_of wasted never_again not_again avoid not_worth
        not_rekomendasi not_as_described not_what_i_ordered not_like_the_picture no_taste not_fresh not_clean
        not_good ruined mess messy sloppy lousy gross ugly unacceptable ridiculous nonsense
    """,
    -3.0: """
        never_buying never_buy never_order never_coming never_going setan iblis keparat bedebah jancok jancuk cok
        asu kontol memek tai_kucing laknat biadab bejat terkutuk parah_sekali buruk_sekali jelek_banget
        jelek_sekali shit bullshit fuck fucking damn bastard idiot stupid penipu penipuan ditipu menipu nipu
        tertipu maling bangsat anjing anjir_parah bajingan brengsek kampret tolol goblok bego bodoh terburuk
        terjelek sampah parah_banget kecewa_berat kecewa_banget sangat_kecewa sangat_mengecewakan kapok_banget
        lapor_polisi lapor_ke_polisi laporkan saya_lapor bintang_1 bintang_satu jangan_pernah_beli rugi_besar
        tidak_lagi_deh paling_parah terrible horrible awful disgusting worst pathetic scam scammer scammed fraud
        thief thieves garbage trash rubbish atrocious dreadful horrendous one_star zero_stars hate hated rip_off
        ripoff food_poisoning stay_away
    """,
}

ASKS = """
    berapa berapaan apa apakah kapan dimana di_mana siapa bagaimana mana boleh bisa bisakah adakah ready
    ada_stok stok restock katalog pricelist list menu alamat lokasi cabang rekening norek transfer tf qris
    ovo dana gopay cod ongkir resi jne jnt sicepat gojek grab kurir ekspedisi kirim dikirim dikirimin jam
    buka tutup libur senin selasa rabu kamis jumat sabtu minggu besok nanti sore siang malam pagi lusa ukuran
    size warna hitam putih merah biru hijau kuning coklat model varian rasa bahan isi berat gram kg liter ml
    lusin kodi pcs pack box dus kotak porsi grosir eceran reseller dropship po preorder booking pesan order
    checkout keranjang total jumlah bayar nota invoice bukti atas_nama nama nomor no catatan note
    tolong_kirim tambah tambahin tukar ganti batal cancel jadi ambil jemput antar titip bungkus kado promo
    diskon voucher nego tanya nanya mau_tanya mau_pesan mau_order mau_beli saya_mau minta info tersedia
    masih_ada masih selamat_pagi selamat_siang selamat_sore selamat_malam halo hai permisi assalamualaikum
    oke baik_kak siap ditunggu kabari cara caranya buat untuk garansi expired_kapan how what when where which
    who can could do_you are_you is_it is_there is_this would_like i_would_like please price cost much many
    stock available availability order_number open close closed hours address location branch deliver ship
    shipping pick_up pickup tomorrow today tonight monday tuesday wednesday thursday friday saturday sunday
    colour color dozen kilo grams pay payment account receipt wholesale catalogue catalog hello hi noted send
    want need ingredients contain
"""
"""What is asked and ordered with, and says nothing of liking."""

STRONGER = """
    banget sekali sangat amat sungguh super benar-benar benar pisan tenan pol parah sumpah
    paling asli pokoknya very really so extremely super totally absolutely such incredibly truly quite
"""
WEAKER = "agak rada sedikit lumayan slightly somewhat bit little fairly kinda"
TOO_MUCH = "terlalu kelewat kelewatan too overly"
"""Whatever is too much is against."""

FACES = {
    2.0: "😍 🥰 😘 ❤ 💕 💖 💗 💓 💞 💘 🤩 🥳 💯 👏 🎉 😋 🤤 👍 👌 🔥 ⭐ 🌟 🏆 😻 💙 💚 💛 🧡 💜 🖤 🤍 💐 🌹",
    1.0: "🙂 😀 😃 😄 😁 😊 ☺ 😉 😇 🤗 🙏 😎 ✨ 😆 😛 🙌 💪 ✅ 🫶 😌 😸",
    0.3: "😂 🤣 😅",
    -1.0: "🙁 ☹ 😕 😟 😞 😔 😐 😑 🙄 😒 😣 😖 😫 😩 🥺 😥 😓 🤔 🤦 🤨 😬 ❗ 😪",
    -0.5: "😭",
    -2.0: "😢 😠 😡 🤬 👎 💔 🤮 🤢 😤 😾 👿 ❌ 💩 🖕 😰",
}
"""What emoji say, by themselves; 😭 is laughed with as well."""
