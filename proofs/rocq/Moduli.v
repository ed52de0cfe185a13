(** Enough moduli: for every M and z there are M pairwise coprime numbers between z and 64 (M + z + 1)^2.
    They are primes; that there are so many is Nair's proof: n C(2n, n) divides every common multiple of 1, .., 2n. *)
From Coq Require Import ZArith Znumtheory Zpow_facts List Lia Bool FinFun.
From Exactnet Require Import Network Sums Gadgets Divisors.
Import ListNotations.
Open Scope Z_scope.

(** Binomial coefficients. *)
Fixpoint binom (n k : nat) : Z :=
  match n, k with
  | _, O => 1
  | O, S _ => 0
  | S n', S k' => binom n' k' + binom n' k
  end.

Lemma binom_nonneg n k : 0 <= binom n k.
Proof. revert k; induction n as [|n IH]; intros [|k]; cbn; try lia. pose proof (IH k). pose proof (IH (S k)). lia. Qed.
Lemma binom_0 n : binom n 0 = 1.
Proof. now destruct n. Qed.
Lemma binom_over n k : (n < k)%nat -> binom n k = 0.
Proof.
  revert k; induction n as [|n IH]; intros [|k] H; try lia; [easy|]. cbn [binom]. rewrite !IH by lia. easy.
Qed.
Lemma binom_diag n : binom n n = 1.
Proof. induction n as [|n IH]; [easy|]. cbn [binom]. rewrite IH, binom_over by lia. easy. Qed.

Lemma absorb n : forall k, Z.of_nat (S k) * binom (S n) (S k) = Z.of_nat (S n) * binom n k.
Proof.
  induction n as [|n IH]; intros k.
  - destruct k as [|k]; [easy|]. cbn [binom]. destruct k; cbn; lia.
  - change (binom (S (S n)) (S k)) with (binom (S n) k + binom (S n) (S k)).
    destruct k as [|k].
    + specialize (IH 0%nat). rewrite !binom_0 in *. lia.
    + pose proof (IH k) as I1. pose proof (IH (S k)) as I2.
      change (binom (S n) (S k)) with (binom n k + binom n (S k)) in *.
      assert (E : Z.of_nat (S (S k)) * (binom n k + binom n (S k)) = (binom n k + binom n (S k)) + Z.of_nat (S k) * (binom n k + binom n (S k))) by lia.
      rewrite Z.mul_add_distr_l, E, I1, I2. lia.
Qed.

Lemma next_k n k : (k <= n)%nat -> Z.of_nat (S k) * binom n (S k) = (Z.of_nat n - Z.of_nat k) * binom n k.
Proof.
  intros H. pose proof (absorb n k) as A. change (binom (S n) (S k)) with (binom n k + binom n (S k)) in A. lia.
Qed.

(** Nair. *)
Lemma nair D : forall j n, (1 <= n - j)%nat -> (forall i, 1 <= i <= Z.of_nat n -> (i | D)) ->
  (Z.of_nat (n - j) * binom n (n - j) | D).
Proof.
  induction j as [|j IH]; intros n H HD.
  - rewrite Nat.sub_0_r, binom_diag, Z.mul_1_r. apply HD. lia.
  - destruct n as [|n]; [lia|]. set (m := (S n - S j)%nat) in *.
    destruct (IH n ltac:(lia) ltac:(intros; apply HD; lia)) as [I1 E1].
    destruct (IH (S n) ltac:(lia) HD) as [I2 E2].
    replace (n - j)%nat with m in E1 by lia. replace (S n - j)%nat with (S m) in E2 by lia.
    pose proof (next_k (S n) m ltac:(lia)) as K. pose proof (absorb n m) as A.
    rewrite A in E2. rewrite A in K.
    exists (I1 - I2). revert K E1 E2. generalize (binom n m) (binom (S n) m). intros b c K E1 E2.
    set (N := Z.of_nat (S n)) in *. set (M := Z.of_nat m) in *.
    assert (NM : N - M <> 0) by (unfold N, M; lia).
    apply (Z.mul_reg_r _ _ (N - M) NM).
    replace ((I1 - I2) * (M * c) * (N - M)) with ((I1 - I2) * M * ((N - M) * c)) by ring.
    rewrite <- K.
    replace ((I1 - I2) * M * (N * b)) with (N * (I1 * (M * b)) - M * (I2 * (N * b))) by ring.
    rewrite <- E1, <- E2. ring.
Qed.

Lemma central n : 2 ^ Z.of_nat n <= binom (2 * n) n.
Proof.
  induction n as [|n IH]; [easy|]. rewrite Nat2Z.inj_succ, Z.pow_succ_r by lia.
  replace (2 * S n)%nat with (S (S (2 * n))) by lia.
  change (binom (S (S (2 * n))) (S n)) with (binom (S (2 * n)) n + (binom (2 * n) n + binom (2 * n) (S n))).
  pose proof (binom_nonneg (2 * n) (S n)).
  enough (binom (2 * n) n <= binom (S (2 * n)) n) by lia.
  destruct n as [|n]; [easy|]. cbn [binom]. pose proof (binom_nonneg (2 * S n) n). cbn in *. lia.
Qed.

Theorem common_multiple_large D n : (1 <= n)%nat -> 0 < D -> (forall i, 1 <= i <= Z.of_nat (2 * n) -> (i | D)) -> 2 ^ Z.of_nat n <= D.
Proof.
  intros Hn HD H. pose proof (nair D n (2 * n) ltac:(lia) H) as N. replace (2 * n - n)%nat with n in N by lia.
  apply Z.divide_pos_le in N; [|easy]. pose proof (central n). pose proof (binom_nonneg (2 * n) n). nia.
Qed.

(** ** Primes up to n. *)
Definition is_prime (p : Z) : bool := if prime_dec p then true else false.
Definition primes (n : nat) : list Z := filter is_prime (map Z.of_nat (seq 1 n)).

Lemma primes_spec n p : In p (primes n) <-> prime p /\ p <= Z.of_nat n.
Proof.
  unfold primes, is_prime. rewrite filter_In, in_map_iff. destruct (prime_dec p) as [P|NP]; split.
  - intros [(i & <- & Hi) _]. apply in_seq in Hi. split; [easy|lia].
  - intros [_ H]. split; [|easy]. exists (Z.to_nat p). pose proof (prime_ge_2 p P). split; [lia|]. apply in_seq. lia.
  - intros [_ H]. easy.
  - intros [H _]. easy.
Qed.

Lemma seq_coprime l : NoDup l -> coprime_list (filter is_prime (map Z.of_nat l)).
Proof.
  induction 1 as [|i l Hi _ IH]; cbn; [constructor|]. destruct (is_prime (Z.of_nat i)) eqn:E; [|easy].
  constructor; [|easy]. apply Forall_forall. intros q Hq. apply filter_In in Hq. destruct Hq as [Hq Eq].
  apply in_map_iff in Hq. destruct Hq as (k & <- & Hk). unfold is_prime in *.
  destruct (prime_dec (Z.of_nat i)) as [P|]; [|easy]. destruct (prime_dec (Z.of_nat k)) as [Q|]; [|easy].
  apply prime_rel_prime; [easy|]. intros D. apply prime_div_prime in D; auto. apply Nat2Z.inj in D. now subst.
Qed.

Lemma primes_coprime n : coprime_list (primes n).
Proof. apply seq_coprime, seq_NoDup. Qed.

(** The largest power of p up to n. *)
Fixpoint expo (fuel : nat) (p n : Z) : nat :=
  match fuel with O => O | S f => if p ^ Z.of_nat (S f) <=? n then S f else expo f p n end.
Lemma expo_le fuel p n : 1 <= n -> p ^ Z.of_nat (expo fuel p n) <= n.
Proof. intros H. induction fuel as [|f IH]; [now cbn|]. cbn [expo]. destruct (Z.leb_spec (p ^ Z.of_nat (S f)) n); easy. Qed.
Lemma expo_max fuel p n j : (j <= fuel)%nat -> p ^ Z.of_nat j <= n -> (j <= expo fuel p n)%nat.
Proof.
  intros Hj H. induction fuel as [|f IH]; [lia|]. cbn [expo]. destruct (Z.leb_spec (p ^ Z.of_nat (S f)) n); [easy|].
  apply IH. destruct (Nat.eq_dec j (S f)) as [->|]; lia.
Qed.

Definition multiple (n : nat) : Z := product (map (fun p => p ^ Z.of_nat (expo n p (Z.of_nat n))) (primes n)).

Lemma multiple_le n : (1 <= n)%nat -> multiple n <= Z.of_nat n ^ Z.of_nat (length (primes n)).
Proof.
  intros Hn. unfold multiple.
  assert (G : Forall (fun p => 0 <= p) (primes n)).
  { apply Forall_forall. intros p Hp. apply primes_spec in Hp. destruct Hp as [P _]. pose proof (prime_ge_2 p P). lia. }
  induction G as [|p ps Hp _ IH]; [easy|]. cbn [map product fold_right length].
  fold (product (map (fun p => p ^ Z.of_nat (expo n p (Z.of_nat n))) ps)).
  rewrite Nat2Z.inj_succ, Z.pow_succ_r by lia.
  pose proof (expo_le n p (Z.of_nat n) ltac:(lia)).
  assert (0 <= p ^ Z.of_nat (expo n p (Z.of_nat n))) by (apply Z.pow_nonneg; lia).
  assert (0 <= Z.of_nat n ^ Z.of_nat (length ps)) by (apply Z.pow_nonneg; lia). nia.
Qed.

Lemma multiple_pos n : 0 < multiple n.
Proof.
  unfold multiple.
  assert (G : Forall (fun p => 0 < p) (primes n)).
  { apply Forall_forall. intros p Hp. apply primes_spec in Hp. destruct Hp as [P _]. pose proof (prime_ge_2 p P). lia. }
  induction G as [|p ps Hp _ IH]; [easy|]. cbn [map product fold_right].
  apply Z.mul_pos_pos; [apply Z.pow_pos_nonneg; lia|exact IH].
Qed.

Lemma in_product q l : In q l -> (q | product l).
Proof.
  induction l as [|a l IH]; [easy|]. cbn [product fold_right]. fold (product l). intros [->|H].
  - apply Z.divide_factor_l.
  - apply Z.divide_mul_r. auto.
Qed.

Lemma prime_factor : forall k m, 1 < m <= Z.of_nat k -> exists p, prime p /\ (p | m).
Proof.
  induction k as [|k IH]; intros m H; [lia|]. destruct (prime_dec m) as [P|NP]; [exists m; split; [easy|apply Z.divide_refl]|].
  apply not_prime_divide in NP; [|lia]. destruct NP as (d & Hd & D). destruct (IH d ltac:(lia)) as (p & P & D').
  exists p. split; [easy|]. eapply Z.divide_trans; eauto.
Qed.

Lemma prime_power : forall k p m, 2 <= p -> 1 <= m <= Z.of_nat k -> exists a m', m = p ^ Z.of_nat a * m' /\ ~ (p | m') /\ 1 <= m'.
Proof.
  induction k as [|k IH]; intros p m Hp H; [lia|]. destruct (Zdivide_dec p m) as [[c E]|N].
  - assert (1 <= c) by nia. assert (2 * c <= m) by nia.
    assert (ck : 1 <= c <= Z.of_nat k) by lia.
    destruct (IH p c Hp ck) as (a & m' & E' & N & M). exists (S a), m'. split; [|easy].
    rewrite Nat2Z.inj_succ, Z.pow_succ_r by lia. rewrite E, E'. ring.
  - exists 0%nat, m. change (Z.of_nat 0) with 0. rewrite Z.pow_0_r, Z.mul_1_l. repeat split; easy || lia.
Qed.

Lemma multiple_divides n : forall k m, 1 <= m <= Z.of_nat k -> m <= Z.of_nat n -> (m | multiple n).
Proof.
  induction k as [|k IH]; intros m Hm Hn; [lia|].
  destruct (Z.eq_dec m 1) as [->|N1]; [apply Z.divide_1_l|].
  destruct (prime_factor (S k) m ltac:(lia)) as (p & P & D). pose proof (prime_ge_2 p P) as P2.
  destruct (prime_power (S k) p m P2 Hm) as (a & m' & E & N & M).
  assert (a <> 0%nat) by (intros ->; apply N; rewrite E in D; now rewrite Z.mul_1_l in D).
  assert (A2 : p ^ 1 <= p ^ Z.of_nat a) by (apply Z.pow_le_mono_r; lia). rewrite Z.pow_1_r in A2.
  assert (m' < m) by nia.
  destruct (IH m' ltac:(lia) ltac:(lia)) as [c Hc].
  assert (Dp : (p ^ Z.of_nat a | multiple n)).
  { apply Z.divide_trans with (p ^ Z.of_nat (expo n p (Z.of_nat n))).
    - assert (pa : p ^ Z.of_nat a <= Z.of_nat n) by nia.
      assert (an : (a <= n)%nat).
      { apply Nat2Z.inj_le. assert (Z.of_nat a < p ^ Z.of_nat a) by (apply Z.pow_gt_lin_r; lia). lia. }
      pose proof (expo_max n p (Z.of_nat n) a an pa).
      exists (p ^ (Z.of_nat (expo n p (Z.of_nat n)) - Z.of_nat a)). rewrite <- Z.pow_add_r by lia. f_equal. lia.
    - apply in_product. apply in_map_iff. exists p. split; [easy|]. apply primes_spec. split; [easy|].
      apply Z.divide_pos_le in D; lia. }
  assert (R : rel_prime (p ^ Z.of_nat a) m').
  { apply rel_prime_sym. apply rel_prime_Zpower_r; [lia|]. apply rel_prime_sym, prime_rel_prime; easy. }
  rewrite Hc in Dp |- *. rewrite Z.mul_comm in Dp. apply Gauss in Dp; [|easy]. destruct Dp as [e He].
  exists e. rewrite E, He. ring.
Qed.

(** Chebyshev: s times the number of primes up to 2^s is at least 2^(s-1). *)
Theorem many_primes s : (1 <= s)%nat -> 2 ^ (Z.of_nat s - 1) <= Z.of_nat s * Z.of_nat (length (primes (2 ^ s))).
Proof.
  intros Hs. destruct s as [|s]; [lia|]. set (n := (2 ^ s)%nat).
  assert (n1 : (1 <= n)%nat) by (unfold n; pose proof (Nat.pow_nonzero 2 s); lia).
  assert (E : (2 ^ S s = 2 * n)%nat) by easy. rewrite E.
  assert (L := common_multiple_large (multiple (2 * n)) n n1 (multiple_pos _)
    ltac:(intros i Hi; apply (multiple_divides (2 * n) (2 * n)); lia)).
  pose proof (multiple_le (2 * n) ltac:(lia)) as U.
  assert (EZ : Z.of_nat (2 * n) = 2 ^ Z.of_nat (S s)) by (rewrite <- E, Nat2Z.inj_pow; easy).
  rewrite EZ, <- Z.pow_mul_r in U by lia.
  assert (2 ^ Z.of_nat n <= 2 ^ (Z.of_nat (S s) * Z.of_nat (length (primes (2 * n))))) by lia.
  apply Z.pow_le_mono_r_iff in H; [|lia|lia].
  replace (Z.of_nat (S s) - 1) with (Z.of_nat s) by lia. unfold n in H at 1. rewrite Nat2Z.inj_pow in H. exact H.
Qed.

(** ** Enough moduli, of polynomial size. *)
Lemma firstn_coprime k l : coprime_list l -> coprime_list (firstn k l).
Proof.
  intros H. revert k. induction H as [|q qs Hq Hc IH]; intros [|k]; cbn; try constructor; auto.
  rewrite Forall_forall in *. intros p Hp. apply Hq. rewrite <- (firstn_skipn k qs). apply in_or_app. now left.
Qed.

Lemma filter_length_split {A} (f : A -> bool) l : length l = (length (filter f l) + length (filter (fun a => negb (f a)) l))%nat.
Proof. induction l as [|a l IH]; cbn; [easy|]. destruct (f a); cbn; lia. Qed.

Lemma primes_nodup n : NoDup (primes n).
Proof. unfold primes. apply NoDup_filter, FinFun.Injective_map_NoDup, seq_NoDup. intros a b. apply Nat2Z.inj. Qed.

Theorem enough_moduli (M : nat) (z : Z) : 0 <= z ->
  exists qs, length qs = M /\ coprime_list qs /\ Forall (fun q => z <= q <= 64 * (Z.of_nat M + z + 1) ^ 2) qs.
Proof.
  intros z0. set (X := Z.of_nat M + z + 1). set (t := Z.log2_up X).
  assert (X1 : 1 <= X) by (unfold X; lia). assert (t0 : 0 <= t) by apply Z.log2_up_nonneg.
  assert (T1 : X <= 2 ^ t).
  { destruct (Z.eq_dec X 1) as [E|]; [rewrite E; pose proof (Z.pow_pos_nonneg 2 t); lia|]. apply Z.log2_up_spec. lia. }
  assert (T2 : 2 ^ t <= 2 * X).
  { destruct (Z.eq_dec X 1) as [E|]; [unfold t; rewrite E; easy|].
    assert (L : 2 ^ Z.pred (Z.log2_up X) < X <= 2 ^ Z.log2_up X) by (apply Z.log2_up_spec; lia).
    fold t in L. assert (tp : 1 <= t) by (pose proof (Z.log2_up_pos X); unfold t; lia).
    replace t with (Z.succ (Z.pred t)) by lia. rewrite Z.pow_succ_r by lia. lia. }
  set (s := Z.to_nat (2 * t + 4)). assert (Es : Z.of_nat s = 2 * t + 4) by (unfold s; lia).
  pose proof (many_primes s ltac:(lia)) as MP. rewrite Es in MP.
  assert (P1 : 2 ^ (2 * t + 4 - 1) = 2 ^ t * (8 * 2 ^ t)).
  { replace (2 * t + 4 - 1) with (t + (3 + t)) by lia. rewrite !Z.pow_add_r by lia. ring. }
  assert (P2 : t < 2 ^ t) by (apply Z.pow_gt_lin_r; lia).
  rewrite P1 in MP. set (ps := primes (2 ^ s)) in *.
  assert (PX : X <= Z.of_nat (length ps)).
  { apply (Z.mul_le_mono_pos_l _ _ (2 * t + 4)); [lia|]. eapply Z.le_trans; [|exact MP].
    assert (X * (8 * 2 ^ t) <= 2 ^ t * (8 * 2 ^ t)) by (apply Z.mul_le_mono_nonneg_r; lia).
    assert ((2 * t + 4) * X <= (8 * 2 ^ t) * X) by (apply Z.mul_le_mono_nonneg_r; lia). lia. }
  set (big := filter (fun p => z <=? p) ps).
  assert (SM : (length (filter (fun p => negb (z <=? p)%Z) ps) <= Z.to_nat z)%nat).
  { rewrite <- (seq_length (Z.to_nat z) 0), <- (map_length Z.of_nat). apply NoDup_incl_length; [apply NoDup_filter, primes_nodup|].
    intros p Hp. apply filter_In in Hp. destruct Hp as [Hp Hz]. apply primes_spec in Hp. destruct Hp as [P _].
    pose proof (prime_ge_2 p P). apply negb_true_iff, Z.leb_gt in Hz. apply in_map_iff. exists (Z.to_nat p).
    split; [lia|]. apply in_seq. lia. }
  pose proof (filter_length_split (fun p => z <=? p) ps) as FL. fold big in FL.
  exists (firstn M big). split; [|split].
  - apply firstn_length_le. unfold X in PX. lia.
  - apply firstn_coprime, coprime_filter, primes_coprime.
  - apply Forall_forall. intros q Hq.
    assert (Hb : In q big) by (rewrite <- (firstn_skipn M big); apply in_or_app; now left).
    apply filter_In in Hb. destruct Hb as [Hb Hz]. apply Z.leb_le in Hz. apply primes_spec in Hb. destruct Hb as [_ Hs].
    split; [easy|]. rewrite Nat2Z.inj_pow, Es in Hs. eapply Z.le_trans; [exact Hs|].
    change (Z.of_nat 2) with 2. replace (2 * t + 4) with (t + t + 4) by lia. rewrite !Z.pow_add_r by lia.
    change (2 ^ 4) with 16. rewrite Z.pow_2_r. nia.
Qed.
